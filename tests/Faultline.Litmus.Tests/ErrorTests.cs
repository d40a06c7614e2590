using System.Text;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>Texts and the one error that each must give: <c>line:column: message</c>.</summary>
public class ErrorTests
{
    internal const string Operations = "the operations are: load (r0 = A[0]), store (A[0] = 1), read, write, read_direct, fsync, fdatasync, msync, "
        + "ftruncate, fallocate, reflink, madvise, munmap, mprotect, fork, drop_caches, clwb, sfence, crash, repeat";

    internal const string Known = "conditions are over registers, words and: pte, writable, dirty, pmd, entry, huge, extent, size, durable, "
        + "durable_size, faults, warn, bug, sigbus, sigsegv, crashed, hang, reach";

    /// <summary>Whole files.</summary>
    public static TheoryData<string, string> Files { get; } = new()
    {
        { "", "1:1: there is no test in this file; expected 'DAX NAME'" },
        { " \n(* nothing *)\n", "3:1: there is no test in this file; expected 'DAX NAME'" },
        { "AArch64 MP\n", "1:1: expected 'DAX', the architecture of every test, found 'AArch64'" },
        { "{ }", "1:1: expected 'DAX', the architecture of every test, found something else" },
        { "DAX", "1:4: expected the name of the test: letters, digits and any of _/.-+[]:" },
        { "DAX t\n\"no end\n{ }", "2:1: this title is not closed; expected '\"' before the end of the line" },
        { "DAX t\nnonsense\n{ } P0 ; exists true", "2:9: expected '=' after the key 'nonsense', or '{'" },
        { "DAX t\n= x\n{ } P0 ; exists true", "2:1: expected 'Key=Value' or '{'" },
        { "DAX t\nKey=Value\n", "3:1: expected 'Key=Value' or '{', found the end of the file" },
        { "DAX t (* { } P0 ; exists true", "1:7: this comment is not closed; expected '*)'" },
        { "DAX t\n{ (* (* *) } P0 ; exists true", "2:3: this comment is not closed; expected '*)'" },
        { "DAX t { } ; exists true", "1:11: expected 'P0', the name of the first thread, found ';'" },
        { "DAX t { } exists true", "1:11: expected 'P0', the name of the first thread, found 'exists'" },
        { "DAX t { } P1 ; exists true", "1:11: expected 'P0', the name of the first thread, found 'P1'" },
        { "DAX t { } P0 | P2 ; exists true", "1:16: expected 'P1', found 'P2'" },
        { "DAX t { } P0 P1 ; exists true", "1:14: expected '|' or ';' after the name of a thread, found 'P1'" },
        { "DAX t { } P0 ;", "1:15: expected 'exists', '~exists' or 'forall', found the end of the file" },
        { "DAX t { } P0 ; ; exist true", "1:18: expected an instruction or a condition, found 'exist'; did you mean 'exists'?" },
        { "DAX t { } P0 ; ~ forall true", "1:18: expected 'exists' after '~', found 'forall'" },
        { "DAX t\n{ file f = [hole];\nP0 ; ; exists true", "3:1: the initial state is not closed; expected '}' before 'P0'" },
        { "DAX t\n{ file f = [hole];\n", "3:1: expected 'file', 'map', 'process', 'mount' or '}', found the end of the file" },
        { "DAX t { } P0 ; exists true }", "1:28: expected '/\\', '\\/' or the end of the file, found '}'" },
        { "DAX t \0", "1:7: a NUL byte; expected a text file" },
    };

    /// <summary>Declarations, alone on line 3 after those of <c>f</c> (one page) and <c>A</c>.</summary>
    public static TheoryData<string, string> Declarations { get; } = new()
    {
        { "file f = [hole];", "3:6: f is declared already, on line 2; expected another name" },
        { "file A = [hole];", "3:6: A is declared already, on line 2; expected another name" },
        { "map A = mmap(f, shared, r);", "3:5: A is declared already, on line 2; expected another name" },
        { "file r0 = [hole];", "3:6: 'r0' is a word of the language; expected another name" },
        { "file P3 = [hole];", "3:6: 'P3' is a word of the language; expected another name" },
        { "file read = [hole];", "3:6: 'read' is a word of the language; expected another name" },
        { "file g = hole;", "3:10: expected '[' and the pages of the file, found 'hole'" },
        { "file g = [];", "3:11: expected 'hole', 'unwritten', 'block VALUE' or 'beyond', found ']'" },
        { "file g = [hle];", "3:11: expected 'hole', 'unwritten', 'block VALUE' or 'beyond', found 'hle'; did you mean 'hole'?" },
        { "file g = [hole,];", "3:16: expected 'hole', 'unwritten', 'block VALUE' or 'beyond', found ']'" },
        { "file g = [hole unwritten];", "3:16: expected ',' or ']', found 'unwritten'" },
        { "file g = [hole * 0];", "3:18: 0 is out of range; expected the number of pages (1..2147483647)" },
        { "file g = [hole * 2147483647, hole];", "3:30: the file has too many pages; expected at most 2147483647" },
        { "file g = [hole * 99999999999];", "3:18: 99999999999 is out of range; expected the number of pages (1..2147483647)" },
        { "file g = [block];", "3:16: expected the value of the block, found ']'" },
        { "file g = [block 1,2,3];", "3:21: a page has 2 words; expected 'hole', 'unwritten', 'block VALUE' or 'beyond', or ']'" },
        { "file g = [block 4294967296];", "3:17: 4294967296 is out of range; expected the value of the block (-2147483648..2147483647)" },
        { "file g = [block 12ab];", "3:17: '12ab' is no number; expected the value of the block" },
        { "file g = [hole]", "4:1: expected ';', found '}'" },
        { "file = [hole];", "3:6: expected the name of the file, found '='" },
        { "file g [hole];", "3:8: expected '=', found '['" },
        { "fiel g = [hole];", "3:1: expected 'file', 'map', 'process', 'mount' or '}', found 'fiel'; did you mean 'file'?" },
        { "map M = mmap(g, shared, r);", "3:14: unknown file 'g'; expected one of: f" },
        { "map M = mmap(A, shared, r);", "3:14: A is a mapping; expected a file: f" },
        { "map M = map(f, shared, r);", "3:9: expected 'mmap(FILE, shared|private, rw|r)', found 'map'" },
        { "map M = mmap(f, share, r);", "3:17: expected 'shared' or 'private', found 'share'; did you mean 'shared'?" },
        { "map M = mmap(f, MAP_SHARED, r);", "3:17: expected 'shared' or 'private', found 'MAP_SHARED'; did you mean 'shared'?" },
        { "map M = mmap(f, shared, r, MAP_HUGETLB);", "3:28: MAP_HUGETLB is not modelled yet; mappings are: shared or private, rw or r, then sync, then huge or misaligned" },
        { "map M = mmap(f, shared, wr);", "3:25: expected 'rw' or 'r', found 'wr'; did you mean 'rw'?" },
        { "map M = mmap(f, shared, rw, 3);", "3:29: expected 'sync', 'huge' or 'misaligned', found '3'" },
        { "map M = mmap(f, shared);", "3:23: expected ',', found ')'" },
        { "file g = [hole]; \u00e9", "3:18: unexpected character '\u00e9'; expected 'file', 'map', 'process', 'mount' or '}'" },
        { "\u0001", "3:1: unexpected character U+0001; expected 'file', 'map', 'process', 'mount' or '}'" },
        { "\U0001f600", "3:1: unexpected character U+1F600; expected 'file', 'map', 'process', 'mount' or '}'" },
    };

    /// <summary>Cells of one thread, from line 4 on; <c>A</c> is writable, <c>B</c> is not, both have two pages.</summary>
    public static TheoryData<string, string> Instructions { get; } = new()
    {
        { "r0 = fork(P1)", "4:6: fork gives no value; expected 'A[page]' or 'read(f[page])'" },
        { "r0 = read(f[0], O_DIRECT)", $"4:17: O_DIRECT is not modelled yet; {Operations}; did you mean 'read_direct'?" },
        { "mlock(A)", $"4:1: mlock is not modelled yet; {Operations}" },
        { "r0 = mremap(A)", $"4:6: mremap is not modelled yet; {Operations}" },
        { "wirte(f[0], 1)", $"4:1: unknown operation 'wirte'; {Operations}; did you mean 'write'?" },
        { "r0 = raed(f[0])", $"4:6: unknown operation 'raed'; {Operations}; did you mean 'read'?" },
        { "frobnicate(f)", $"4:1: unknown operation 'frobnicate'; {Operations}" },
        { "1", "4:1: expected an instruction, found '1'" },
        { "A", "4:3: expected '[page]' after A, found ';'" },
        { "A[2] = 1", "4:3: page 2 is out of range; expected 0..1, the pages of A" },
        { "A[0].2 = 1", "4:6: word 2 is out of range; expected 0..1, the words of a page" },
        { "A[x] = 1", "4:3: expected a page number, found 'x'" },
        { "A[-1] = 1", "4:3: expected a page number, found '-'" },
        { "A[0] = x", "4:8: expected a value or a register (r0..r99), found 'x'" },
        { "A[0] = r100", "4:8: expected a value or a register (r0..r99), found 'r100'" },
        { "A[0] = 2147483648", "4:8: 2147483648 is out of range; expected a value or a register (r0..r99) (-2147483648..2147483647)" },
        { "A[0] == 1", "4:7: expected a value or a register (r0..r99), found '='" },
        { "A[0] 1", "4:6: expected '=', found '1'" },
        { "B[0] = 1", "4:1: B is mapped read-only; expected a mapping with 'rw', or 'mprotect(B, rw)', for a store" },
        { "C[0] = 1", "4:1: unknown mapping 'C'; expected one of: A, B" },
        { "f[0] = 1", "4:1: f is a file; expected a mapping: A, B" },
        { "AB[0] = 1", "4:1: unknown mapping 'AB'; expected one of: A, B; did you mean 'A'?" },
        { "r0", "4:4: expected '=', found ';'" },
        { "r0 = 1", "4:6: expected 'A[page]' or 'read(f[page])', found '1'" },
        { "r0 = B", "4:8: expected '[page]' after B, found ';'" },
        { "r0 = C[0]", "4:6: unknown mapping 'C'; expected one of: A, B" },
        { "r0 = f[0]", "4:6: f is a file; expected a mapping: A, B" },
        { "r0 = read(A[0])", "4:11: A is a mapping; expected a file: f" },
        { "r0 = read(f)", "4:12: expected '[page]' after f, found ')'" },
        { "r100 = A[0]", "4:1: expected a register, r0..r99, found 'r100'" },
        { "r0, r2 = read(f[0])", "4:5: a page is read into consecutive registers; expected 'r1', found 'r2'" },
        { "r0, r1 = read(f[0].1)", "4:1: a word does not fill 2 registers; expected at most 1" },
        { "r0, r1, r2 = read(f[0])", "4:1: a page does not fill 3 registers; expected at most 2" },
        { "r0, r1 = A[0]", "4:1: a load fills one register; expected 'r0 = A[page]'" },
        { "write(f[0])", "4:11: expected ',', found ')'" },
        { "write(f[0], )", "4:13: expected a value or a register (r0..r99), found ')'" },
        { "write(A[0], 1)", "4:7: A is a mapping; expected a file: f" },
        { "madvise(A)", "4:10: expected '[page]' or ',', found ')'" },
        { "madvise(A, WILLNEED)", "4:12: expected 'DONTNEED' or 'HWPOISON', found 'WILLNEED'" },
        { "madvise(A[2], DONTNEED)", "4:11: page 2 is out of range; expected 0..1, the pages of A" },
        { "madvise(f, DONTNEED)", "4:9: f is a file; expected a mapping: A, B" },
        { "A[0] = 1, A[1] = 1", "4:9: expected ';' and the next row, found ','" },
        { "A[0] = 1 | r0 = A[0]", "4:10: this row has more cells than there are threads (1); expected ';'" },
        { "}", "4:1: there is no loop to close in P0; expected an instruction" },
        { "repeat 0 {", "4:8: 0 is out of range; expected the number of repetitions (1..2147483647)" },
        { "repeat {", "4:8: expected the number of repetitions, found '{'" },
        { "repeat 2", "4:10: expected '{' or 'as NAME {', found ';'" },
        { "repeat 2 as {", "4:13: expected the name of a loop variable, found '{'" },
        { "repeat 2 as A {", "4:13: A is declared already, on line 2; expected another name" },
        { "repeat 2 as i { A[0] = 1", "4:17: expected ';' and the next row, found 'A'" },
        { "repeat 2 {", "4:1: this loop is not closed; expected '}' in a later cell of P0" },
        { "repeat 2 { ;\n}", "5:1: this loop is empty; expected an instruction before '}'" },
        { "repeat 3 as i { ;\nA[i] = 1 ;\n}", "5:3: i reaches page 2, out of range; expected 0..1, the pages of A" },
        { "repeat 2 as i { ;\nA[0] = i ;\n}", "5:8: expected a value or a register (r0..r99), found 'i': a loop variable can only be a page" },
        { "repeat 2 as i { ;\nA[j] = 1 ;\n}", "5:3: expected a page number or a loop variable (i), found 'j'" },
        { "repeat 2 as i { ;\nrepeat 2 as i { ;\n} ;\n}", "5:13: i is the variable of an outer loop; expected another name" },
        { "A[0] = 1 (* open", "4:10: this comment is not closed; expected '*)'" },
        { "A[0] = $", "4:8: unexpected character '$'; expected a value or a register (r0..r99)" },
    };

    /// <summary>Conditions, on line 5; P0 uses r3, P1 no register, <c>A</c> and <c>f</c> have two pages.</summary>
    public static TheoryData<string, string> Conditions { get; } = new()
    {
        { "", "5:1: expected 'exists', '~exists' or 'forall', found the end of the file" },
        { "exists", "5:7: expected '1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '(', found the end of the file" },
        { "exists ()", "5:9: expected '1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '(', found ')'" },
        { "exists (true", "5:13: expected '/\\', '\\/' or ')', found the end of the file" },
        { "exists true)", "5:12: expected '/\\', '\\/' or the end of the file, found ')'" },
        { "exists true /\\", "5:15: expected '1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '(', found the end of the file" },
        { "exists true true", "5:13: expected '/\\', '\\/' or the end of the file, found 'true'" },
        { "exists r0=1", "5:8: expected the thread of the register, as in '0:r0', found 'r0'" },
        { "exists 1:r3=1", "5:10: P1 does not use 'r3'; its registers are: none" },
        { "exists 0:r4=1", "5:10: P0 does not use 'r4'; its registers are: r3" },
        { "exists 2:r0=1", "5:8: there is no thread P2; expected P0..P1" },
        { "exists P2:r0=1", "5:8: there is no thread P2; expected P0..P1" },
        { "exists 0:3=1", "5:10: expected a register of P0, found '3'" },
        { "exists 0=1", "5:9: expected ':' and a register of P0, found '='" },
        { "exists 0:r3", "5:12: expected '=' or '!=' after 0:r3, found the end of the file" },
        { "exists 0:r3=x", "5:13: expected a number, found 'x'" },
        { "exists 0:r3<1", "5:12: unexpected character '<'; expected '=' or '!=' after 0:r3" },
        { "exists 0:r3=99999999999", "5:13: 99999999999 is out of range; expected a number (-2147483648..2147483647)" },
        { "exists A[2]=1", "5:10: page 2 is out of range; expected 0..1, the pages of A" },
        { "exists A[0].2=1", "5:13: word 2 is out of range; expected 0..1, the words of a page" },
        { "exists B[0]=1", "5:8: unknown file or mapping 'B'; expected one of: A, f" },
        { "exists A=1", "5:9: expected '[page]' after A, found '='" },
        { "exists hagn", "5:8: expected '1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '(', found 'hagn'; did you mean 'hang'?" },
        { "exists wran(x)", $"5:8: unknown predicate 'wran'; {Known}; did you mean 'warn'?" },
        { "exists frob(x)", $"5:8: unknown predicate 'frob'; {Known}" },
        { "exists pte(A[0])=blok", "5:18: expected one of: none, zero, hole, block, anon, found 'blok'; did you mean 'block'?" },
        { "exists pte(A[0])", "5:17: expected '=' or '!=' after pte(A[0]), found the end of the file" },
        { "exists pte(f[0])=none", "5:12: f is a file; expected a mapping: A" },
        { "exists entry(A[0])=none", "5:14: A is a mapping; expected a file: f" },
        { "exists dirty(Z[0])", "5:14: unknown file or mapping 'Z'; expected one of: A, f" },
        { "exists writable(A)", "5:18: expected '[page]' after A, found ')'" },
        { "exists writable(A[0])=1", "5:22: expected '/\\', '\\/' or the end of the file, found '='" },
        { "exists faults(Q)=1", "5:15: expected a thread, P0..P1, found 'Q'" },
        { "exists sigbus(P2)", "5:15: there is no thread P2; expected P0..P1" },
        { "exists warn()", "5:13: expected the name of a function, found ')'" },
        { "exists reach(a.)", "5:16: expected a name after '.', found ')'" },
        { "locations [0:r3", "5:16: expected ';' or ']', found the end of the file" },
        { "locations [0:r3 0:r3] exists true", "5:17: expected ';' or ']', found '0'" },
        { "locations 0:r3 exists true", "5:11: expected '[', found '0'" },
        { "forall not", "5:11: expected '1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '(', found the end of the file" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void In_a_file(string text, string expected) => CheckError(text, expected);

    [Theory]
    [MemberData(nameof(Declarations))]
    public void In_a_declaration(string declaration, string expected) => CheckError(
        "DAX t\n{ file f = [hole]; map A = mmap(f, private, rw);\n" + declaration + "\n} P0 ; ; exists true", expected);

    [Theory]
    [MemberData(nameof(Instructions))]
    public void In_an_instruction(string cells, string expected) => CheckError(Samples.OneThread(cells), expected);

    [Theory]
    [MemberData(nameof(Conditions))]
    public void In_a_condition(string condition, string expected) => CheckError(
        "DAX t\n{ file f = [block 7, hole]; map A = mmap(f, private, rw); }\nP0 | P1 ;\nr3 = A[0] | A[0] = 1 ;\n" + condition, expected);

    [Theory]
    [InlineData("DAX t\n\u00e4\"\\", "2:1: expected 'Key=Value' or '{'")]
    [InlineData("DAX t\n", "2:2: byte 0xff is not part of UTF-8 text; expected a text file", 120, 0xff)]
    [InlineData("\ufeffDAX t", "1:6: byte 0xc3 is not part of UTF-8 text; expected a text file", 0xc3)]
    [InlineData("DAX t \n\n ", "3:2: a NUL byte; expected a text file", 0)]
    public void In_bytes(string text, string expected, params int[] more)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(text), .. more.Select(b => (byte)b)];

        Assert.Equal($"t:{expected}", LitmusParser.ParseBytes("t", bytes).Diagnostics[0].ToString());
    }

    [Fact]
    public void Large_files_are_refused()
    {
        string expected = "t:1:1: the file is too large: 1048577 {0}; expected at most 1048576";
        Assert.Equal(
            string.Format(expected, "bytes"), LitmusParser.ParseBytes("t", new byte[LitmusParser.MaxLength + 1]).Diagnostics.Single().ToString());
        Assert.Equal(
            string.Format(expected, "characters"),
            LitmusParser.Parse("t", new string(' ', LitmusParser.MaxLength + 1)).Diagnostics.Single().ToString());
    }

    [Fact]
    public void One_error_per_statement_and_none_that_only_follows() => Assert.Equal(
        [
            "t:3:12: expected 'hole', 'unwritten', 'block VALUE' or 'beyond', found 'hoel'; did you mean 'hole'?",
            "t:5:18: expected 'shared' or 'private', found 'sharde'; did you mean 'shared'?",
            "t:8:8: 0 is out of range; expected the number of repetitions (1..2147483647)",
            "t:8:23: expected a page number, found '*'",
            "t:9:1: this row has 1 of 2 cells; expected '|'",
            "t:12:8: unknown file or mapping 'Z'; expected one of: A, g",
        ],
        LitmusParser.Parse(
            "t",
            """
            DAX t
            {
             file f = [hoel]; file g = [hole];
             map A = mmap(g, shared, rw);
             map B = mmap(g, sharde, rw); map C = mmap(f, shared, rw);
            }
            P0           | P1             ;
            repeat 0 {   | r0 = A[*]      ;
            ;
            }            | B[0] = 1       ;
            r1 = C[0]    | r2 = read(f[0]);
            exists Z[0]=1 /\ f[0]=1 /\ 0:r7=1
            """).Diagnostics.Select(d => d.ToString()));

    [Fact]
    public void After_twenty_errors_the_parser_gives_up()
    {
        string cells = string.Join(";\n", Enumerable.Repeat("oops", 100));
        IReadOnlyList<Diagnostic> diagnostics = LitmusParser.Parse("t", $"DAX t {{}} P0 ;\n{cells};\nexists true").Diagnostics;

        Assert.Equal(21, diagnostics.Count);
        Assert.Equal("t:22:1: too many errors; stopping here", diagnostics[^1].ToString());
    }

    internal static void CheckError(string text, string expected)
    {
        ParseResult result = LitmusParser.Parse("t", text);

        Assert.Null(result.Test);
        Assert.Equal($"t:{expected}", Assert.Single(result.Diagnostics).ToString());
    }
}
