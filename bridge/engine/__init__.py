"""What is on time: it owns the ports, the transport, the schedule and the ledger."""
