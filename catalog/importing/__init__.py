"""Loading the official files, and the clinics' own, as spreadsheets really write them.

`files` turns bytes into text, `tables` text into rows, `cells` a cell into a value,
`kinds` says which columns each kind has, `plan` compares with what there is and
`loading` writes it. What people must know is in docs/importing.md.
"""
