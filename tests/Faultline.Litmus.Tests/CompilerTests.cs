using Faultline.Kernel.Programs;
using Faultline.Litmus.Compile;

namespace Faultline.Litmus.Tests;

public class CompilerTests
{
    [Fact]
    public void Generic_437()
    {
        UserProgram program = Samples.Compile(Samples.Generic437);

        Assert.Equal("generic-437", program.Name);
        Assert.Equal(1, program.WordsPerPage);
        Assert.Equal([new MapSpec("A", 0, Shared: false, Writable: true)], program.Maps);
        Assert.Equal([1, 6], program.Files.Select(f => f.Pages.Count));
        Assert.Equal([7], program.Files[0].Pages[0].Words);
        Assert.Same(program.Files[1].Pages[0], program.Files[1].Pages[3]);
        Assert.Equal(PageBacking.Unwritten, program.Files[1].Pages[5].Backing);
        Assert.Equal([new Instruction(Opcode.Store, 0, 0, 0, -1, 1, 0, 10)], program.Threads[0].Code);
        Assert.Equal([new Instruction(Opcode.Load, 0, 0, 0, 0, 0, 1, 10)], program.Threads[1].Code);
        Assert.Equal(["r0"], program.Threads[1].Registers);
    }

    [Fact]
    public void Every_instruction()
    {
        UserProgram program = Samples.Compile(Samples.OneThread(
            "r9 = A[1].1", "A[0] = r9", "A[1].1 = -4", "r4, r5 = read(f[1])", "r2 = read(f[0])", "r2 = read(f[0].1)",
            "write(f[1], r5)", "write(f[0].0, 8)", "madvise(A, DONTNEED)", "madvise(B[1], DONTNEED)"));

        Assert.Equal(["r2", "r4", "r5", "r9"], program.Threads[0].Registers);
        Assert.Equal(
            [
                new Instruction(Opcode.Load, 0, 1, 1, 3, 0, 1, 4),
                new Instruction(Opcode.Store, 0, 0, 0, 3, 0, 0, 5),
                new Instruction(Opcode.Store, 0, 1, 1, -1, -4, 0, 6),
                new Instruction(Opcode.Read, 0, 1, -1, 1, 0, 2, 7),
                new Instruction(Opcode.Read, 0, 0, -1, 0, 0, 1, 8),
                new Instruction(Opcode.Read, 0, 0, 1, 0, 0, 1, 9),
                new Instruction(Opcode.Write, 0, 1, -1, 2, 0, 0, 10),
                new Instruction(Opcode.Write, 0, 0, 0, -1, 8, 0, 11),
                new Instruction(Opcode.DontNeed, 0, -1, 0, -1, 0, 0, 12),
                new Instruction(Opcode.DontNeed, 1, 1, 0, -1, 0, 0, 13),
            ],
            program.Threads[0].Code);
    }

    [Fact]
    public void Every_call()
    {
        UserProgram program = Samples.Compile(
            """
            DAX t
            { file f = [block 7, hole * 3, beyond]; file g = [hole]; map A = mmap(g, private, rw); map B = mmap(f, shared, r); }
            P0 ;
            read_direct(A[0], 5) ;
            read_direct(A[0].1, -5) ;
            clwb(B[3]) ;
            fsync(g) ;
            fdatasync(f) ;
            ftruncate(f, 5) ;
            fallocate(f[1..3]) ;
            fallocate(f[2], INSERT_RANGE) ;
            reflink(f[1..2], f[3..4]) ;
            reflink(f[3], g[0]) ;
            madvise(B[2], HWPOISON) ;
            msync(B) ;
            mprotect(B, rw) ;
            mprotect(B, r) ;
            munmap(A) ;
            drop_caches ;
            sfence ;
            crash ;
            exists true
            """);

        Assert.Equal(
            [
                new Instruction(Opcode.DirectRead, 0, 0, -1, -1, 5, 0, 4),
                new Instruction(Opcode.DirectRead, 0, 0, 1, -1, -5, 0, 5),
                new Instruction(Opcode.Clwb, 1, 3, 0, -1, 0, 0, 6),
                new Instruction(Opcode.Fsync, 1, -1, 0, -1, 0, 0, 7),
                new Instruction(Opcode.Fdatasync, 0, -1, 0, -1, 0, 0, 8),
                new Instruction(Opcode.Truncate, 0, -1, 0, -1, 5, 0, 9),
                new Instruction(Opcode.Fallocate, 0, 1, 0, -1, 0, 0, 10) { Pages = 3 },
                new Instruction(Opcode.Fallocate, 0, 2, 0, -1, 0, 0, 11) { Pages = 1, Mode = FallocateMode.InsertRange },
                new Instruction(Opcode.Reflink, 0, 1, 0, -1, 0, 0, 12) { Pages = 2, Target = 0, TargetPage = 3 },
                new Instruction(Opcode.Reflink, 0, 3, 0, -1, 0, 0, 13) { Pages = 1, Target = 1, TargetPage = 0 },
                new Instruction(Opcode.HwPoison, 1, 2, 0, -1, 0, 0, 14),
                new Instruction(Opcode.Msync, 1, -1, 0, -1, 0, 0, 15),
                new Instruction(Opcode.Mprotect, 1, -1, 0, -1, 1, 0, 16),
                new Instruction(Opcode.Mprotect, 1, -1, 0, -1, 0, 0, 17),
                new Instruction(Opcode.Munmap, 0, -1, 0, -1, 0, 0, 18),
                new Instruction(Opcode.DropCaches, -1, -1, 0, -1, 0, 0, 19),
                new Instruction(Opcode.Sfence, -1, -1, 0, -1, 0, 0, 20),
                new Instruction(Opcode.Crash, -1, -1, 0, -1, 0, 0, 21),
            ],
            program.Threads[0].Code);
        Assert.Equal((4, 5), (program.Files[0].Size, program.Files[0].Pages.Count));
    }

    [Theory]
    [InlineData("PUNCH_HOLE", FallocateMode.PunchHole)]
    [InlineData("ZERO_RANGE", FallocateMode.ZeroRange)]
    [InlineData("COLLAPSE_RANGE", FallocateMode.CollapseRange)]
    [InlineData("INSERT_RANGE", FallocateMode.InsertRange)]
    public void Fallocate_modes(string name, FallocateMode mode) =>
        Assert.Equal(mode, Samples.Compile(Samples.OneThread($"fallocate(f[0], {name})")).Threads[0].Code[0].Mode);

    [Fact]
    public void Loops_unroll_page_ranges()
    {
        UserProgram program = Samples.Compile(Samples.OneThread("repeat 2 as i {", "fallocate(f[i], PUNCH_HOLE)", "}"));

        Assert.Equal([(0, 1), (1, 1)], program.Threads[0].Code.Select(i => (i.Page, i.Pages)));
    }

    [Fact]
    public void Loops_unroll_with_their_variables()
    {
        UserProgram program = Samples.Compile(Samples.OneThread(
            "repeat 2 as i {", "repeat 2 as j {", "A[i] = 1", "A[j] = 2", "}", "}", "repeat 2 {", "A[0] = 3", "}"));

        Assert.Equal(
            [(0, 1), (0, 2), (0, 1), (1, 2), (1, 1), (0, 2), (1, 1), (1, 2), (0, 3), (0, 3)],
            program.Threads[0].Code.Select(i => (i.Page, i.Value)));
        Assert.Equal(6, program.Threads[0].Code[0].Line);
    }

    [Fact]
    public void A_loop_variable_may_be_used_again_after_its_loop()
    {
        UserProgram program = Samples.Compile(Samples.OneThread("repeat 2 as i {", "A[i] = 1", "}", "repeat 1 as i {", "A[i] = 2", "}"));

        Assert.Equal([0, 1, 0], program.Threads[0].Code.Select(i => i.Page));
    }

    [Theory]
    [InlineData("r0 = A[0]", "exists true", 1)]
    [InlineData("r0 = A[0].1", "exists true", 2)]
    [InlineData("r0 = A[0]", "exists f[0].1=1", 2)]
    [InlineData("r0 = A[0]", "locations [A[0].1] exists true", 2)]
    [InlineData("r0, r1 = read(f[0])", "exists true", 2)]
    [InlineData("r0 = read(f[0])", "exists true", 1)]
    [InlineData("write(f[0].1, 1)", "exists true", 2)]
    [InlineData("read_direct(A[0], 1)", "exists true", 1)]
    [InlineData("read_direct(A[0].0, 1)", "exists true", 1)]
    [InlineData("read_direct(A[0].1, 1)", "exists true", 2)]
    [InlineData("clwb(A[0])", "exists true", 1)]
    [InlineData("clwb(A[0].1)", "exists true", 2)]
    [InlineData("crash", "exists durable(f[0])=1", 1)]
    [InlineData("crash", "exists durable(f[0].1)=1", 2)]
    public void Words_per_page(string instruction, string condition, int expected) =>
        Assert.Equal(expected, Samples.Compile(Samples.OneThread(instruction).Replace("exists true", condition)).WordsPerPage);

    [Fact]
    public void Two_words_of_contents_make_two_words_per_page() =>
        Assert.Equal(2, Samples.Compile("DAX t { file f = [block 1,2]; } P0 ; exists true").WordsPerPage);

    [Theory]
    [InlineData("{ file f = [hole * 8]; map A = mmap(f, shared, r); map B = mmap(f, shared, r); } P0 ; ; exists true", null)]
    [InlineData("{ file f = [hole * 11, beyond * 2]; } P0 ; ; exists true", "t:2:8: f has 13 pages; the limit is 12 pages per file")]
    [InlineData(
        "{ file f = [hole * 8]; map A = mmap(f, shared, r); map B = mmap(f, shared, r); map C = mmap(f, shared, r); } P0 ; ; exists true",
        "t:2:84: C brings the mapped pages to 24; the limit is 16 in all")]
    [InlineData("{ file f = [hole * 12]; } P0 ; ; exists true", null)]
    [InlineData(
        "{ file f = [hole * 6]; map A = mmap(f, shared, r); map B = mmap(f, shared, r) in Q; process Q = P2; } P0|P1|P2 ;\n fork(P1) || ; exists true",
        "t:3:2: the copy for P1 brings the mapped pages to 18; the limit is 16 in all")]
    [InlineData(
        "{ file f = [hole * 4]; map A = mmap(f, shared, r); map B = mmap(f, shared, r) in Q; process Q = P2; } P0|P1|P2 ; fork(P1) || ; exists true",
        null)]
    [InlineData("{ } P0|P1|P2|P3|P4|P5|P6|P7|P8 ; exists true", "t:2:29: there are 9 threads; the limit is 8")]
    [InlineData(
        "{ file f = [hole]; map A = mmap(f, shared, r); } P0 ; r0 = A[0] ; repeat 63 { ; r0 = A[0] ; } ; exists true", null)]
    [InlineData(
        "{ file f = [hole]; map A = mmap(f, shared, r); } P0 ; r0 = A[0] ; repeat 64 { ; r0 = A[0] ; } ; exists true",
        "t:2:67: P0 has more than 64 instructions here, loops unrolled; the limit is 64 per thread")]
    [InlineData(
        "{ file f = [hole]; map A = mmap(f, shared, r); } P0 ; repeat 2147483647 { ; repeat 2147483647 { ; repeat 2147483647 { ; r0 = A[0] ; } ; } ; } ; exists true",
        "t:2:55: P0 has more than 64 instructions here, loops unrolled; the limit is 64 per thread")]
    public void Limits_of_the_search(string body, string? expected)
    {
        CompileResult result = Compiler.Compile(Samples.Parse("DAX t\n" + body) with { Path = "t" }, CompileLimits.Search);

        Assert.Equal(expected, result.Diagnostics.SingleOrDefault()?.ToString());
        Assert.Equal(expected is null, result.IsSuccess);
    }

    [Fact]
    public void A_gigabyte_of_pages_compiles_for_cost()
    {
        string text = "DAX t { file f = [hole * 262144]; map A = mmap(f, shared, r); } P0 ; repeat 262144 as i { ; r0 = A[i] ; } ; exists true";

        UserProgram program = Samples.Compile(text, CompileLimits.Cost);

        Assert.Equal(262144, program.Files[0].Pages.Count);
        Assert.Equal(262144, program.Threads[0].Code.Count);
        Assert.Equal(262143, program.Threads[0].Code[^1].Page);
    }
}
