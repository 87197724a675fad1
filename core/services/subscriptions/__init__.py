"""Clients, plans, and what joins the two, from the invitation to the end."""
