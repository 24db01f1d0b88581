"""Measure engines on recordings whose words and speakers are known.

``manifest`` reads what there is to measure, ``bare`` lets an engine work without the platform around it; the rates
are computed by ``domain.evaluation``. Needs the libraries of the extra ``evaluate``: ``libraries.expect`` first.
"""
