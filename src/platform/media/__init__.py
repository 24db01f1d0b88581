"""Audio and video: looking into files, decoding them, finding silence."""
