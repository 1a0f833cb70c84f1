# SPDX-License-Identifier: MIT
"""Pages that the program writes about real runs."""
