"""What integration tests share: labs, commands with deadlines, packets, captures, clients."""
