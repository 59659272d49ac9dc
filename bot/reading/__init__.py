"""What people's words mean without a model: short forms, dates, amounts, people, things. What is not said plainly is not read."""
