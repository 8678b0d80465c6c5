# Turns text files into one C source with a table of strings:
#     awk -v table=NAME -v strip=PREFIX -f embed.awk FILE... > OUT.c
# Each row is {name, text}; the name is the path behind PREFIX. The table ends with {0, 0}.

# Replacement strings of gsub() differ between awks where backslashes are concerned; this does not.
function escaped(line,    out, i, c) {
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        out = out (c == "\\" || c == "\"" ? "\\" c : c)
    }
    return out
}

function close_row() {
    if (rows++ > 0)
        print "    },"
}

BEGIN {
    print "#include \"base/embedded.h\"\n"
    printf "extern const mg_embedded_text %s[];\n", table
    printf "const mg_embedded_text %s[] = {\n", table
}

FNR == 1 {
    close_row()
    at = index(FILENAME, strip)
    printf "    {\n        \"%s\",\n", at ? substr(FILENAME, at + length(strip)) : FILENAME
}

{
    printf "        \"%s\\n\"\n", escaped($0)
}

END {
    close_row()
    print "    {0, 0},\n};"
}
