"""Who may say yes to exactly this call, how they are asked, what they see, and what their answers make of it."""
