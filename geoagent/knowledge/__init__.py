"""What differs between countries, and what a text in a photo says about where it hangs."""
