"""What happened: runs, disclosures, holds and approvals, issued ids, and the bundles that left."""
