"""Public benchmarks of others, replayed through our own door: AgentDojo (slack and travel) and tau2 (telecom).

Their tools are tools of ours by an adapter, gated by a policy file of ours; a scripted model asks for the calls that they publish; what
a call changes, it changes in their own environment, and their own checks say what came of it. What is measured is the gate, not a
model: nobody decides here whether to fall for an attack, every attack is followed to the letter.

    python -m tests.outside [--json]
"""
