"""The pages, a room a desk; no desk knows another."""
