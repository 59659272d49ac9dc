"""A row of the audit, the chain of seals over it, and both as others read them. Pure."""
