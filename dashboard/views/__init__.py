"""What people see: one view per module, and the look they share."""
