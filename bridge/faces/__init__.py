"""What people and agents meet: clients of the app, with no logic of their own."""
