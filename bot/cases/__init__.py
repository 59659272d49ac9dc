"""What a case is made of between its turns: plans and people who wait, times that come, hand-over, comments, reports."""
