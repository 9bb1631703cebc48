"""GeoCLIP (Vivanco Cepeda et al., NeurIPS 2023): photos and places in one space of embeddings."""
