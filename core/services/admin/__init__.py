"""What an admin sees and does, and how the installation is."""
