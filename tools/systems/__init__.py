"""What tools talk to: Protocols for the kinds of systems a company has, and what stands behind them."""
