"""SIS rows become OneRoster rows: one module per file, frames in, one frame out.

Parameters are named after the queries (snake_case, SIS rows) and code tables that they need;
`findings` collects what was repaired or left out. Columns not returned are left to `conform`.
"""
