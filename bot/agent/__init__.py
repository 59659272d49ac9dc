"""The agent at the edge: LangChain's loop around our door. Holds no truth; a turn can be cut off anywhere and taken again."""
