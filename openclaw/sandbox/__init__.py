"""Running commands that a model wrote: contained, limited, and outliving whoever started them."""
