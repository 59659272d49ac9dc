"""What runs beside the conversations for as long as we do: the clock that people wait on, the sealer, the policy in force."""
