# SPDX-License-Identifier: MIT
# A closed standard input is no empty one.
neardup find - -q <&-
