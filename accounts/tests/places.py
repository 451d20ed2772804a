"""Where requests come from, in tests of the domain."""

from portal.audit.origin import Origin

HERE = Origin(address="198.51.100.7", user_agent="Firefox", request_id="req-1")
