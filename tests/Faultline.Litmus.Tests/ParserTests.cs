using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

public class ParserTests
{
    [Fact]
    public void Header_and_initial_state()
    {
        LitmusTest test = Samples.Parse(Samples.Generic437);

        Assert.Equal("generic-437", test.Name);
        Assert.Equal("A private store races a private load: insert_pfn() finds the anonymous COW page", test.Title);
        Assert.Equal([new InfoLine("Fstests", "generic/437", new SourcePosition(3, 1))], test.Info);
        Assert.Equal(["f", "g"], test.Files.Select(f => f.Name));
        Assert.Equal([1, 6], test.Files.Select(f => f.PageCount));
        Assert.Equal([4, 1, 1], test.Files[1].Runs.Select(r => r.Count));
        Assert.Equal(
            [PageBacking.Hole, PageBacking.Block, PageBacking.Unwritten], test.Files[1].Runs.Select(r => r.Page.Backing));
        Assert.Equal([new MapDeclaration("A", 0, IsShared: false, IsWritable: true, new SourcePosition(7, 7))], test.Maps);
    }

    [Fact]
    public void Program_and_condition()
    {
        LitmusTest test = Samples.Parse(Samples.Generic437);

        PageIndex page = new(0, null);
        Assert.Equal(["P0", "P1"], test.Threads.Select(t => t.Name));
        Assert.Equal(
            new StoreStatement(new Place(0, page, 0), new Operand(1, null), new SourcePosition(10, 2)),
            Assert.Single(test.Threads[0].Body));
        Assert.Equal(
            new LoadStatement(0, new Place(0, page, 0), new SourcePosition(10, 15)), Assert.Single(test.Threads[1].Body));
        Assert.Equal("exists (warn(insert_pfn) /\\ 1:r0=1)", test.Condition.Print());
        Assert.Equal(["1:r0", "warn(insert_pfn)"], test.Observables.Select(o => o.Name));
    }

    [Fact]
    public void Every_construct_prints_and_parses_to_the_same_test()
    {
        LitmusTest test = Samples.Parse(Samples.Everything);
        string printed = LitmusPrinter.Print(test);

        Assert.Equal(printed, LitmusPrinter.Print(Samples.Parse(printed)));
        Assert.Equal(test.Hash, Samples.Parse(printed).Hash);
        Assert.Contains("block 1,2 * 2, block -3,4, hole, unwritten * 2, block 16];", printed, StringComparison.Ordinal);
        Assert.Contains("repeat 3 as i {", printed, StringComparison.Ordinal);
        Assert.Contains("r9 = read(g[3].0)", printed, StringComparison.Ordinal);
        Assert.Equal(new InfoLine("Link", "https://example.org/?a=b;c", new SourcePosition(6, 1)), test.Info[1]);
    }

    [Theory]
    [InlineData("r0 = A[1]")]
    [InlineData("r99 = A[1].1")]
    [InlineData("A[1] = 2147483647")]
    [InlineData("A[1].1 = -2147483648")]
    [InlineData("A[0] = r3")]
    [InlineData("r0 = read(f[1].0)")]
    [InlineData("r0 = read(f[1])")]
    [InlineData("r8, r9 = read(f[1])")]
    [InlineData("write(f[0], r1)")]
    [InlineData("write(f[0].1, -1)")]
    [InlineData("madvise(B, DONTNEED)")]
    [InlineData("madvise(A[1], DONTNEED)")]
    [InlineData("madvise(A[1], HWPOISON)")]
    [InlineData("read_direct(A[1], 5)")]
    [InlineData("read_direct(A[1].0, 5)")]
    [InlineData("read_direct(A[1].1, -5)")]
    [InlineData("fsync(f)")]
    [InlineData("fdatasync(f)")]
    [InlineData("msync(B)")]
    [InlineData("ftruncate(f, 0)")]
    [InlineData("ftruncate(f, 2)")]
    [InlineData("fallocate(f[1])")]
    [InlineData("fallocate(f[0..1])")]
    [InlineData("fallocate(f[0..1], PUNCH_HOLE)")]
    [InlineData("fallocate(f[0], ZERO_RANGE)")]
    [InlineData("fallocate(f[0], COLLAPSE_RANGE)")]
    [InlineData("fallocate(f[1], INSERT_RANGE)")]
    [InlineData("reflink(f[0], f[1])")]
    [InlineData("munmap(A)")]
    [InlineData("mprotect(A, r)")]
    [InlineData("mprotect(B, rw)")]
    [InlineData("drop_caches")]
    [InlineData("clwb(A[1])")]
    [InlineData("clwb(B[1].1)")]
    [InlineData("sfence")]
    [InlineData("crash")]
    public void Instruction_prints_as_written(string instruction)
    {
        LitmusTest test = Samples.Parse(Samples.OneThread(instruction));

        Assert.Equal(instruction, LitmusPrinter.Print(test, Assert.Single(test.Threads[0].Body)));
    }

    [Fact]
    public void Every_operation_prints_and_parses_to_the_same_test()
    {
        LitmusTest test = Samples.Parse(Samples.Operations);
        string printed = LitmusPrinter.Print(test);

        Assert.Equal(printed, LitmusPrinter.Print(Samples.Parse(printed)));
        Assert.Equal(test.Hash, Samples.Parse(printed).Hash);
        Assert.Contains("  file f = [block 7, unwritten, hole * 3, beyond * 2];\n", printed, StringComparison.Ordinal);
        Assert.Contains("  process Q = P1;\n", printed, StringComparison.Ordinal);
        Assert.Contains("  map A = mmap(f, shared, rw, sync, huge);\n", printed, StringComparison.Ordinal);
        Assert.Contains("  map B = mmap(f, private, r, misaligned) in Q;\n", printed, StringComparison.Ordinal);
        Assert.Contains("  map C = mmap(g, shared, r, sync);\n", printed, StringComparison.Ordinal);
        Assert.Contains("reflink(f[i], g[i])", printed, StringComparison.Ordinal);
        Assert.Contains("locations [size(g); extent(f[6])]\nexists (durable(f[0])=7 /\\ durable(f[1].1)!=0", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Declarations_of_processes_mappings_and_the_mount()
    {
        LitmusTest test = Samples.Parse(Samples.Operations);

        Assert.Equal(
            [
                new MapDeclaration("A", 0, IsShared: true, IsWritable: true, new SourcePosition(6, 7)) { IsSync = true, Alignment = Alignment.Huge },
                new MapDeclaration("B", 0, IsShared: false, IsWritable: false, new SourcePosition(7, 7))
                {
                    Alignment = Alignment.Misaligned,
                    Process = "Q",
                },
                new MapDeclaration("C", 1, IsShared: true, IsWritable: false, new SourcePosition(8, 7)) { IsSync = true },
                new MapDeclaration("D", 1, IsShared: true, IsWritable: false, new SourcePosition(9, 7)) { FirstPage = 1, MappedPages = 2 },
                new MapDeclaration("E", 0, IsShared: false, IsWritable: true, new SourcePosition(10, 7))
                {
                    FirstPage = 3,
                    MappedPages = 1,
                    Alignment = Alignment.Huge,
                    Process = "Q",
                },
            ],
            test.Maps);
        ProcessDeclaration process = Assert.Single(test.Processes);
        Assert.Equal(("Q", new SourcePosition(11, 11)), (process.Name, process.Position));
        Assert.Equal([1], process.Threads);
        Assert.Equal(PageBacking.Beyond, test.Files[0].Runs[^1].Page.Backing);
        Assert.Equal(7, test.Files[0].PageCount);
        Assert.False(test.IsMountedReadOnly);
        LitmusTest mounted = Samples.Parse(Samples.ReadOnlyMount);
        Assert.True(mounted.IsMountedReadOnly);
        Assert.Contains("{\n  mount ro;\n  file f", LitmusPrinter.Print(mounted), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("madvise(A[0], HWPOISON)", "madvise(A[1], HWPOISON)")]
    [InlineData("read_direct(A[0], 5)", "read_direct(A[0].0, 5)")]
    [InlineData("read_direct(A[0], 5)", "read_direct(A[0], 6)")]
    [InlineData("fsync(f)", "fdatasync(f)")]
    [InlineData("fsync(f)", "fsync(g)")]
    [InlineData("msync(A)", "msync(C)")]
    [InlineData("ftruncate(f, 0)", "ftruncate(f, 1)")]
    [InlineData("fallocate(f[0..3])", "fallocate(f[0..2])")]
    [InlineData("fallocate(f[0..3])", "fallocate(f[0..3], ZERO_RANGE)")]
    [InlineData("reflink(f[0..1], f[2..3])", "reflink(f[0..1], f[3..4])")]
    [InlineData("mprotect(B, r)", "munmap(B)")]
    [InlineData("clwb(A[4].1)", "clwb(A[5].1)")]
    [InlineData("sfence", "")]
    [InlineData("drop_caches", "sfence")]
    [InlineData("fork(P2)", "")]
    [InlineData(", sync, huge", ", huge")]
    [InlineData(", sync, huge", ", sync")]
    [InlineData("misaligned", "huge")]
    [InlineData("beyond * 2", "hole * 2")]
    [InlineData("(g, shared, r, sync)", "(g, shared, r)")]
    [InlineData("size(f)=6 /\\", "")]
    public void Hash_sees_operations_and_declarations(string before, string after)
    {
        Assert.Contains(before, Samples.Operations, StringComparison.Ordinal);
        Assert.NotEqual(Samples.Parse(Samples.Operations).Hash, Samples.Parse(Samples.Operations.Replace(before, after)).Hash);
    }

    [Fact]
    public void Hash_sees_processes_and_the_mount()
    {
        string text = "DAX t { file f = [hole]; map A = mmap(f, private, rw); } P0 | P1 ; | ; exists true";

        Assert.NotEqual(Samples.Parse(text).Hash, Samples.Parse(text.Replace("{ ", "{ mount ro; ")).Hash);
        Assert.NotEqual(Samples.Parse(text).Hash, Samples.Parse(text.Replace("{ ", "{ process Q = P1; ")).Hash);
        Assert.NotEqual(Samples.Parse(text).Hash, Samples.Parse(text.Replace("{ ", "{ process Q = P1; ").Replace("rw)", "rw) in Q")).Hash);
        Assert.Equal(Samples.Parse(text).Hash, Samples.Parse(text.Replace("rw)", "rw) in main")).Hash);
    }

    [Fact]
    public void Layout_and_comments_do_not_matter()
    {
        string dense = "DAX t {file f=[hole];map A=mmap(f,shared,r);}P0;r0=A[0];exists 0:r0=0";
        string loose = "\ufeff(* (* x *) *) DAX t (* t *)\r\n\"title\"\r\n{\r\n file f = [ hole ] ;\r\n map A = mmap ( f , shared , r ) ;\r\n}\r\n"
            + "P0 ;\r\n(* a\n\nb *) r0 = A [ 0 ] . 0 ;\r\n ;\r\nexists\n(\n0 : r0 = 0 )";

        LitmusTest other = Samples.Parse(loose.TrimStart('\ufeff'));
        Assert.Equal(Samples.Parse(dense).Hash, other.Hash);
        Assert.Equal("title", other.Title);
        Assert.True(LitmusParser.ParseBytes("t", System.Text.Encoding.UTF8.GetBytes(loose)).IsSuccess);
    }

    [Fact]
    public void Hash_sees_program_and_observations_only()
    {
        string hash = Samples.Parse(Samples.Generic437).Hash;

        Assert.Matches("^[0-9a-f]{32}$", hash);
        Assert.Equal(hash, Samples.Parse(Samples.Generic437.Replace("generic-437", "other").Replace("/\\", "\\/")).Hash);
        Assert.NotEqual(hash, Samples.Parse(Samples.Generic437.Replace("block 7", "block 8")).Hash);
        Assert.NotEqual(hash, Samples.Parse(Samples.Generic437.Replace("A[0] = 1", "A[0] = 2")).Hash);
        Assert.NotEqual(hash, Samples.Parse(Samples.Generic437.Replace("/\\", "/\\ A[0]=1 /\\")).Hash);
    }

    [Fact]
    public void Huge_runs_stay_runs()
    {
        LitmusTest test = Samples.Parse("DAX t { file f = [hole * 2147483647]; map A = mmap(f, shared, r); } P0 ; r0 = A[2147483646] ; forall true");

        Assert.Equal(int.MaxValue, test.Files[0].PageCount);
        Assert.Single(test.Files[0].Runs);
    }

    [Fact]
    public void Every_prefix_of_a_test_fails_with_a_position_in_it()
    {
        foreach (string test in new[] { Samples.Everything, Samples.Operations })
        {
            for (int length = 0; length < test.LastIndexOf("true", StringComparison.Ordinal); length++)
            {
                FuzzTests.Check(test[..length], mustFail: true);
            }
        }
    }
}
