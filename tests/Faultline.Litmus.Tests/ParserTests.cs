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
    public void Instruction_prints_as_written(string instruction)
    {
        LitmusTest test = Samples.Parse(Samples.OneThread(instruction));

        Assert.Equal(instruction, LitmusPrinter.Print(test, Assert.Single(test.Threads[0].Body)));
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
        for (int length = 0; length < Samples.Everything.LastIndexOf("true", StringComparison.Ordinal); length++)
        {
            FuzzTests.Check(Samples.Everything[..length], mustFail: true);
        }
    }
}
