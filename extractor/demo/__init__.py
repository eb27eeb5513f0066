"""The synthetic demo district: a school district in Aeries' shape, ragged on purpose."""
