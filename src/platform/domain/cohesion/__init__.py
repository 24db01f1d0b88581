"""What a text is about, found by counting: topics, the sentences that say most, phrases and titles; pure.

``tokens`` makes words comparable, ``weights`` says which of them matter, ``edges`` where thoughts end, ``thoughts``
cuts the text there, ``ranking`` chooses among them, ``phrases`` and ``titles`` name them, ``content`` gives them times.
"""
