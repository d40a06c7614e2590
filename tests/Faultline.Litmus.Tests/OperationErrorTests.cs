using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>Errors in what the language has beyond loads, stores, read(2) and write(2): <c>line:column: message</c>, one each.</summary>
public class OperationErrorTests
{
    /// <summary>Declarations, alone on line 3 after those of <c>f</c> (one page) and <c>A</c>.</summary>
    public static TheoryData<string, string> Declarations { get; } = new()
    {
        { "file g = [hole, beyond, hole];", "3:25: this page follows one beyond the end of the file; expected 'beyond' or ']'" },
        { "file g = [beyond * 2, block 1];", "3:23: this page follows one beyond the end of the file; expected 'beyond' or ']'" },
        { "file g = [beyon];", "3:11: expected 'hole', 'unwritten', 'block VALUE' or 'beyond', found 'beyon'; did you mean 'beyond'?" },
        { "file beyond = [hole];", "3:6: 'beyond' is a word of the language; expected another name" },
        { "file main = [hole];", "3:6: 'main' is a word of the language; expected another name" },
        { "map M = mmap(f, shared, rw, huge);", "3:29: f has 1 page; expected a file of at least 4 for 'huge'" },
        { "map M = mmap(f, shared, rw, misaligned);", "3:29: f has 1 page; expected a file of at least 7 for 'misaligned'" },
        { "map M = mmap(f, private, rw, sync);", "3:30: only a shared mapping can have 'sync'; expected 'huge' or 'misaligned'" },
        { "map M = mmap(f, shared, rw, sync, sync);", "3:35: expected 'huge' or 'misaligned', found 'sync'" },
        { "map M = mmap(f, shared, rw, MAP_SYNC);", "3:29: expected 'sync', 'huge' or 'misaligned', found 'MAP_SYNC'; did you mean 'sync'?" },
        { "map M = mmap(f, shared, rw, hueg);", "3:29: expected 'sync', 'huge' or 'misaligned', found 'hueg'; did you mean 'huge'?" },
        { "map M = mmap(f, shared, rw, sync;", "3:33: expected ')', found ';'" },
        { "map M = mmap(f, shared, rw) in Q;", "3:32: unknown process 'Q'; expected one of: main" },
        { "map M = mmap(f, shared, rw) in f;", "3:32: f is a file; expected a process: main" },
        { "map M = mmap(f, shared, rw) in A;", "3:32: A is a mapping; expected a process: main" },
        { "map M = mmap(f, shared, rw) in;", "3:31: expected the name of a process, found ';'" },
        { "map M = mmap(f, shared, rw) on Q;", "3:29: expected ';', found 'on'" },
        { "map M = mmap(f, shared, rw) in QQ; process Q = P0;", "3:32: unknown process 'QQ'; expected one of: main, Q; did you mean 'Q'?" },
        { "map M = mmap(f, shared, rw) in Q; process Q = oops;", "3:47: expected a thread, as P1, found 'oops'" },
        { "process Q = P0, P0;", "3:17: P0 is in a process already, on line 3; expected another thread" },
        { "process Q = P0; process R = P0;", "3:29: P0 is in a process already, on line 3; expected another thread" },
        { "process Q = P7;", "3:13: there is no thread P7; expected P0..P0" },
        { "process Q = ;", "3:13: expected a thread, as P1, found ';'" },
        { "process Q;", "3:10: expected '=', found ';'" },
        { "process A = P0;", "3:9: A is declared already, on line 2; expected another name" },
        { "process P0 = P0;", "3:9: 'P0' is a word of the language; expected another name" },
        { "process main = P0;", "3:9: 'main' is a word of the language; expected another name" },
        { "proces Q = P0;", "3:1: expected 'file', 'map', 'process', 'mount' or '}', found 'proces'; did you mean 'process'?" },
        { "process Q = P0; map M = mmap(Q, shared, r);", "3:30: Q is a process; expected a file: f" },
        { "mount rw;", "3:7: expected 'ro', found 'rw'; without 'mount' it is mounted read-write" },
        { "mount;", "3:6: expected 'ro', found ';'" },
        { "mount ro", "4:1: expected ';', found '}'" },
        { "mount ro; mount ro;", "3:11: 'mount ro' stands already on line 3; expected another declaration" },
        { "map M = mmap(f, shared, rw); mount ro;", "3:25: the filesystem is mounted read-only; expected 'r' for M, which is shared" },
    };

    /// <summary>The same where <c>f</c> has eight pages.</summary>
    public static TheoryData<string, string> LongDeclarations { get; } = new()
    {
        { "map M = mmap(f, shared, rw, huge, sync);", "3:33: expected ')', found ','" },
        { "map M = mmap(f, shared, rw, misaligned, huge);", "3:39: expected ')', found ','" },
        { "map M = mmap(f[2..1], shared, rw);", "3:19: page 1 cannot end the range; expected 2..7, pages of f" },
        { "map M = mmap(f[2..8], shared, rw);", "3:19: page 8 cannot end the range; expected 2..7, pages of f" },
        { "map M = mmap(f[i], shared, rw);", "3:16: expected a page number, found 'i'" },
        { "map M = mmap(f[1..3, shared, rw);", "3:20: expected ']', found ','" },
    };

    /// <summary>Cells of one thread, from line 4 on; <c>A</c> is writable, <c>B</c> is shared and is not, both have two pages.</summary>
    public static TheoryData<string, string> Instructions { get; } = new()
    {
        { "fsync", "4:7: expected '(', found ';'" },
        { "fsync(f[0])", "4:8: expected ')', found '['" },
        { "fdatasync(A)", "4:11: A is a mapping; expected a file: f" },
        { "msync(f)", "4:7: f is a file; expected a mapping: A, B" },
        { "msync(A[0])", "4:8: expected ')', found '['" },
        { "ftruncate(f)", "4:12: expected ',', found ')'" },
        { "ftruncate(f, 3)", "4:14: f cannot grow to 3 pages; expected 0..2, its pages with those beyond its end" },
        { "ftruncate(f, -1)", "4:14: expected the new size in pages, found '-'" },
        { "ftruncate(f, r0)", "4:14: expected the new size in pages, found 'r0'" },
        { "ftruncate(f[0], 1)", "4:12: expected ',', found '['" },
        { "fallocate(f)", "4:12: expected '[page]' or '[first..last]' after f, found ')'" },
        { "fallocate(f[0...1])", "4:16: expected the last page of the range, found '.'" },
        { "fallocate(f[0..])", "4:16: expected the last page of the range, found ']'" },
        { "fallocate(f[1..0])", "4:16: page 0 cannot end the range; expected 1..1, pages of f" },
        { "fallocate(f[0..2])", "4:16: page 2 cannot end the range; expected 0..1, pages of f" },
        { "fallocate(f[2])", "4:13: page 2 is out of range; expected 0..1, the pages of f" },
        { "fallocate(f[0, 1])", "4:14: expected '..' or ']', found ','" },
        { "fallocate(f[0], PUNCH)", "4:17: expected one of: PUNCH_HOLE, ZERO_RANGE, COLLAPSE_RANGE, INSERT_RANGE, found 'PUNCH'" },
        { "fallocate(f[0], FALLOC_FL_PUNCH_HOLE)", "4:17: expected one of: PUNCH_HOLE, ZERO_RANGE, COLLAPSE_RANGE, INSERT_RANGE, found 'FALLOC_FL_PUNCH_HOLE'; did you mean 'PUNCH_HOLE'?" },
        { "fallocate(f[0], 3)", "4:17: expected one of: PUNCH_HOLE, ZERO_RANGE, COLLAPSE_RANGE, INSERT_RANGE, found '3'" },
        { "repeat 2 as i { ;\nfallocate(f[i..1]) ;\n}", "5:13: a range is between numbers; expected a page number before '..', found 'i'" },
        { "repeat 2 as i { ;\nfallocate(f[0..i]) ;\n}", "5:16: expected the last page of the range, found 'i'" },
        { "repeat 3 as i { ;\nfallocate(f[i]) ;\n}", "5:13: i reaches page 2, out of range; expected 0..1, the pages of f" },
        { "madvise(A, HWPOISON)", "4:12: one page is poisoned at a time; expected 'madvise(A[page], HWPOISON)'" },
        { "madvise(A[0], MADV_DONTNEED)", "4:15: expected 'DONTNEED' or 'HWPOISON', found 'MADV_DONTNEED'; did you mean 'DONTNEED'?" },
        { "munmap(A, 1)", "4:9: expected ')', found ','" },
        { "munmap(C)", "4:8: unknown mapping 'C'; expected one of: A, B" },
        { "mprotect(A)", "4:11: expected ',', found ')'" },
        { "mprotect(A, w)", "4:13: expected 'rw' or 'r', found 'w'; did you mean 'rw'?" },
        { "read_direct(A[0])", "4:17: expected ',', found ')'" },
        { "read_direct(A, 1)", "4:14: expected '[page]' after A, found ','" },
        { "read_direct(A[0], r0)", "4:19: expected the value that the device writes, found 'r0'" },
        { "read_direct(f[0], 5)", "4:13: f is a file; expected a mapping: A, B" },
        { "r0 = read_direct(A[0])", "4:6: read_direct gives no value; expected 'A[page]' or 'read(f[page])'" },
        { "r0 = crash", "4:6: crash gives no value; expected 'A[page]' or 'read(f[page])'" },
        { "read(f[0])", "4:1: read(2) fills registers; expected 'r0 = read(f[page])'" },
        { "clwb(A)", "4:7: expected '[page]' after A, found ')'" },
        { "clwb(A[0].2)", "4:11: word 2 is out of range; expected 0..1, the words of a page" },
        { "clwb(f[0])", "4:6: f is a file; expected a mapping: A, B" },
        { "sfence()", "4:7: sfence is about no file or mapping; expected the end of the cell, found '('" },
        { "drop_caches()", "4:12: drop_caches is about no file or mapping; expected the end of the cell, found '('" },
        { "crash ;\ncrash", "5:1: nothing runs after crash, on line 4; expected no more instructions in P0" },
        { "crash ;\nA[0] = 1", "5:1: nothing runs after crash, on line 4; expected no more instructions in P0" },
        { "crash ;\nrepeat 2 { ;\n A[0] = 1 ;\n}", "5:1: nothing runs after crash, on line 4; expected no more instructions in P0" },
        { "repeat 2 { ;\ncrash ;\n}", "5:1: nothing runs after crash; expected it as the last instruction of P0, behind all loops" },
        { "crash now", "4:7: expected ';' and the next row, found 'now'" },
        { "fork", "4:6: expected '(', found ';'" },
        { "fork(P1)", "4:6: there is no thread P1; expected P0..P0" },
        { "fork(P0)", "4:6: P0 cannot fork itself; expected another thread" },
        { "fork(Q)", "4:6: expected a thread, P0..P0, found 'Q'" },
        { "fork()", "4:6: expected the name of a thread, found ')'" },
        { "fsnyc(f)", $"4:1: unknown operation 'fsnyc'; {ErrorTests.Operations}; did you mean 'fsync'?" },
        { "mprotect(A, rw) ;\nB[0] = 1", "5:1: B is mapped read-only; expected a mapping with 'rw', or 'mprotect(B, rw)', for a store" },
    };

    /// <summary>The same with <c>mount ro</c>.</summary>
    public static TheoryData<string, string> InstructionsOnReadOnlyMount { get; } = new()
    {
        { "write(f[0], 1)", "4:1: the filesystem is mounted read-only; expected no write" },
        { "ftruncate(f, 0)", "4:1: the filesystem is mounted read-only; expected no ftruncate" },
        { "fallocate(f[0])", "4:1: the filesystem is mounted read-only; expected no fallocate" },
        { "reflink(f[0], f[1])", "4:1: the filesystem is mounted read-only; expected no reflink" },
        { "mprotect(B, rw)", "4:13: the filesystem is mounted read-only; expected 'r' for B, which is shared" },
    };

    /// <summary>Rows of two threads, from line 4 on; <c>f</c> has three pages and one beyond its end, <c>g</c> has two.</summary>
    public static TheoryData<string, string> TwoThreads { get; } = new()
    {
        { "reflink(f[0..1], g[0]) | ;", "4:18: the target has 1 page, the source 2 pages; expected ranges of one length" },
        { "reflink(f[0..1], f[1..2]) | ;", "4:18: source and target overlap; expected different pages of f" },
        { "reflink(f[2..3], f[1..2]) | ;", "4:18: source and target overlap; expected different pages of f" },
        { "reflink(f[0], A[0]) | ;", "4:15: A is a mapping; expected a file: f, g" },
        { "reflink(f[0], g[2]) | ;", "4:17: page 2 is out of range; expected 0..1, the pages of g" },
        { "reflink(f, g) | ;", "4:10: expected '[page]' or '[first..last]' after f, found ','" },
        { "reflink(f[0]) | ;", "4:13: expected ',', found ')'" },
        { "repeat 2 as i { | ;\nreflink(f[i], f[i]) | ;\n} | ;", "5:15: source and target overlap; expected different pages of f" },
        { "repeat 2 as i { | ;\nreflink(f[1], f[i]) | ;\n} | ;", "5:15: source and target overlap; expected different pages of f" },
        { "ftruncate(f, 5) | ;", "4:14: f cannot grow to 5 pages; expected 0..4, its pages with those beyond its end" },
        { "fork(P1) | A[0] = 1 ;\nfork(P1) | ;", "5:6: P1 is forked already, on line 4; expected another thread" },
        { "fork(P1) | fork(P0) ;", "4:6: the forks of P1 and P0 go round in a circle; expected a fork by a thread that starts" },
        { "fork(P1) | fork(P1) ;", "4:17: P1 cannot fork itself; expected another thread" },
        { "repeat 2 { | ;\nfork(P1) | ;\n } | ;", "5:6: the loops around would fork P1 2 times; expected a fork that runs once" },
        { "repeat 2 { | ;\nrepeat 3 { | ;\nfork(P1) | ;\n } | ;\n } | ;", "6:6: the loops around would fork P1 6 times; expected a fork that runs once" },
    };

    /// <summary>Rows of four threads, from line 4 on; P1 is process <c>Q</c> and has mapping <c>B</c>, the main one has <c>A</c>.</summary>
    public static TheoryData<string, string> Processes { get; } = new()
    {
        { "B[0] = 1 | | | ;", "4:1: B is a mapping of process Q; P0 runs in main; expected one of: A" },
        { " | A[0] = 1 | | ;", "4:4: A is a mapping of process main; P1 runs in Q; expected one of: B" },
        { "r0 = B[0] | r0 = B[0] | | ;", "4:6: B is a mapping of process Q; P0 runs in main; expected one of: A" },
        { "munmap(B) | munmap(B) | | ;", "4:8: B is a mapping of process Q; P0 runs in main; expected one of: A" },
        { "fork(P1) | | | ;", "4:6: P1 is a thread of process Q from the start; expected a thread of no declared process" },
        { " | fork(P2) | A[0] = 1 | ;", "4:15: A is a mapping of process main; P2 runs in a copy of Q; expected one of: B" },
        { "fork(P2) | | fork(P3) | B[0] = 1 ;", "4:25: B is a mapping of process Q; P3 runs in a copy of main; expected one of: A" },
        { "fork(P2) | | fork(P3) | fork(P2) ;", "4:30: P2 is forked already, on line 4; expected another thread" },
        { " | | fork(P3) | fork(P2) ;", "4:11: the forks of P3 and P2 go round in a circle; expected a fork by a thread that starts" },
    };

    /// <summary>A row and a condition where <c>M</c> maps pages 1 and 2 of four.</summary>
    public static TheoryData<string, string, string> PartialMappings { get; } = new()
    {
        { "r0 = M[0]", "true", "4:8: page 0 is not mapped by M; expected 1..2" },
        { "M[3] = 1", "true", "4:3: page 3 is not mapped by M; expected 1..2" },
        { "repeat 4 as i {;M[i] = 1;}", "true", "4:19: page 3 is not mapped by M; expected 1..2" },
        { "read_direct(M[3], 1)", "true", "4:15: page 3 is not mapped by M; expected 1..2" },
        { "madvise(M[3], DONTNEED)", "true", "4:11: page 3 is not mapped by M; expected 1..2" },
        { "r0 = M[1]", "M[0]=1", "5:10: page 0 is not mapped by M; expected 1..2" },
        { "r0 = M[1]", "pte(M[3])=none", "5:14: page 3 is not mapped by M; expected 1..2" },
    };

    /// <summary>Conditions, on line 5; no thread crashes.</summary>
    public static TheoryData<string, string> ConditionsWithoutCrash { get; } = new()
    {
        { "exists durable(f[0])=1", "5:8: durable is about the time after a crash; expected a thread that ends with 'crash'" },
        { "exists durable_size(f)=1", "5:8: durable_size is about the time after a crash; expected a thread that ends with 'crash'" },
        { "exists crashed", "5:8: crashed is about the time after a crash; expected a thread that ends with 'crash'" },
        { "exists hang /\\ crashd", "5:16: expected '1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '(', found 'crashd'; did you mean 'crashed'?" },
    };

    /// <summary>Conditions, on line 5; P1 crashes.</summary>
    public static TheoryData<string, string> Conditions { get; } = new()
    {
        { "exists crashed=1", "5:15: expected '/\\', '\\/' or the end of the file, found '='" },
        { "exists durable(A[0])=1", "5:16: A is a mapping; expected a file: f" },
        { "exists durable(f)=1", "5:17: expected '[page]' after f, found ')'" },
        { "exists durable(f[2])=1", "5:18: page 2 is out of range; expected 0..1, the pages of f" },
        { "exists durable_size(f[0])=1", "5:22: expected ')', found '['" },
        { "exists durable_size(A)=1", "5:21: A is a mapping; expected a file: f" },
        { "exists size(f)", "5:15: expected '=' or '!=' after size(f), found the end of the file" },
        { "exists size f", "5:13: expected '(' after size, found 'f'" },
        { "exists size(A)=1", "5:13: A is a mapping; expected a file: f" },
        { "exists pmd(A[0])=tabel", "5:18: expected one of: none, table, zero, block, found 'tabel'; did you mean 'table'?" },
        { "exists pmd(f[0])=table", "5:12: f is a file; expected a mapping: A" },
        { "exists extent(f[0])=mapped", "5:21: expected one of: hole, unwritten, block, found 'mapped'" },
        { "exists extent(A[0])=hole", "5:15: A is a mapping; expected a file: f" },
        { "exists huge(A[0])", "5:13: A is a mapping; expected a file: f" },
        { "exists sigsegv(P2)", "5:16: there is no thread P2; expected P0..P1" },
        { "exists sigsgev(P0)", $"5:8: unknown predicate 'sigsgev'; {ErrorTests.Known}; did you mean 'sigsegv'?" },
        { "exists pinned(f[0])", $"5:8: unknown predicate 'pinned'; {ErrorTests.Known}" },
    };

    [Theory]
    [MemberData(nameof(Declarations))]
    public void In_a_declaration(string declaration, string expected) => ErrorTests.CheckError(
        $"DAX t\n{{ file f = [hole]; map A = mmap(f, private, rw);\n{declaration}\n}} P0 ; ; exists true", expected);

    [Theory]
    [MemberData(nameof(LongDeclarations))]
    public void In_a_declaration_of_a_long_mapping(string declaration, string expected) => ErrorTests.CheckError(
        $"DAX t\n{{ file f = [hole * 3, beyond * 5]; map A = mmap(f, private, rw);\n{declaration}\n}} P0 ; ; exists true", expected);

    [Theory]
    [MemberData(nameof(Instructions))]
    public void In_an_instruction(string cells, string expected) => ErrorTests.CheckError(Samples.OneThread(cells), expected);

    [Theory]
    [MemberData(nameof(InstructionsOnReadOnlyMount))]
    public void In_an_instruction_on_a_read_only_mount(string cells, string expected) =>
        ErrorTests.CheckError(Samples.OneThread(cells).Replace("{ file", "{ mount ro; file"), expected);

    [Theory]
    [MemberData(nameof(TwoThreads))]
    public void In_one_of_two_threads(string rows, string expected) => ErrorTests.CheckError(
        "DAX t\n{ file f = [block 7, hole * 2, beyond]; file g = [hole * 2]; map A = mmap(f, shared, rw); }\nP0 | P1 ;\n"
        + $"{rows}\nexists true", expected);

    [Theory]
    [MemberData(nameof(Processes))]
    public void Between_processes(string rows, string expected) => ErrorTests.CheckError(
        "DAX t\n{ file f = [hole]; map A = mmap(f, shared, rw); map B = mmap(f, shared, rw) in Q; process Q = P1; }\nP0 | P1 | P2 | P3 ;\n"
        + $"{rows}\nexists true", expected);

    [Theory]
    [MemberData(nameof(PartialMappings))]
    public void Of_part_of_a_file(string row, string condition, string expected) => ErrorTests.CheckError(
        $"DAX t\n{{ file g = [hole * 4]; map M = mmap(g[1..2], shared, rw); }}\nP0 ;\n{row} ;\nexists {condition}", expected);

    [Theory]
    [MemberData(nameof(ConditionsWithoutCrash))]
    public void In_a_condition_without_crash(string condition, string expected) => ErrorTests.CheckError(
        $"DAX t\n{{ file f = [block 7, hole]; map A = mmap(f, private, rw); }}\nP0 | P1 ;\nr3 = A[0] | A[0] = 1 ;\n{condition}", expected);

    [Theory]
    [MemberData(nameof(Conditions))]
    public void In_a_condition(string condition, string expected) => ErrorTests.CheckError(
        $"DAX t\n{{ file f = [block 7, hole]; map A = mmap(f, private, rw); }}\nP0 | P1 ;\nr3 = A[0] | crash ;\n{condition}", expected);

    [Fact]
    public void What_the_whole_program_tells_waits_until_all_of_it_is_understood() => Assert.Equal(
        [
            "t:4:1: unknown operation 'mprotcet'; " + ErrorTests.Operations + "; did you mean 'mprotect'?",
        ],
        LitmusParser.Parse("t", Samples.OneThread("mprotcet(B, rw)", "B[0] = 1", "fork(P0)")).Diagnostics.Select(d => d.ToString()));

    [Fact]
    public void What_only_follows_from_a_crash_that_was_not_understood_is_not_reported() => Assert.Equal(
        ["t:4:7: expected ';' and the next row, found 'now'"],
        LitmusParser.Parse("t", Samples.OneThread("crash now").Replace("exists true", "exists crashed")).Diagnostics.Select(d => d.ToString()));

    [Fact]
    public void A_huge_page_is_larger_at_real_geometry() => ErrorTests.CheckError(
        "DAX t\nGeometry=real\n{ file f = [hole * 511]; map A = mmap(f, shared, rw, huge); } P0 ; ; exists true",
        "3:54: f has 511 pages; expected a file of at least 512 for 'huge'");
}
