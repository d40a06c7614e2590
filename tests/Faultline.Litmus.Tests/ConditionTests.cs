using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

public class ConditionTests
{
    private const string Test =
        """
        DAX t
        { file f = [block 7, hole]; map A = mmap(f, private, rw); }
        P0        | P1            ;
        r3 = A[0] | A[0] = 1      ;
        r1 = A[1] | r0 = A[0].1   ;
                  | crash         ;

        """;

    [Theory]
    [InlineData("exists true", true, "exists (true)")]
    [InlineData("exists 0:r1=31", false, "exists (0:r1=31)")]
    [InlineData("exists 0:r1=100", true, "exists (0:r1=100)")]
    [InlineData("exists (0:r3=101)", true, "exists (0:r3=101)")]
    [InlineData("forall P0:r3!=101", false, "forall (0:r3!=101)")]
    [InlineData("forall A[1]=10", true, "forall (A[1]=10)")]
    [InlineData("forall A[1].1=11", true, "forall (A[1].1=11)")]
    [InlineData("forall f[1].0=1010", true, "forall (f[1]=1010)")]
    [InlineData("~exists pte(A[0])=block", true, "~exists (pte(A[0])=block)")]
    [InlineData("~exists pte(A[1])!=none", false, "~exists (pte(A[1])!=none)")]
    [InlineData("exists writable(A[0])", true, "exists (writable(A[0]))")]
    [InlineData("exists dirty(A[0])", false, "exists (dirty(A[0]))")]
    [InlineData("exists dirty(f[0])", true, "exists (dirty(f[0]))")]
    [InlineData("exists entry(f[0])=block", true, "exists (entry(f[0])=block)")]
    [InlineData("exists entry(f[0])=empty", false, "exists (entry(f[0])=empty)")]
    [InlineData("exists faults(P1)=3", true, "exists (faults(P1)=3)")]
    [InlineData("exists warn(insert_pfn)", true, "exists (warn(insert_pfn))")]
    [InlineData("exists warn(other)", false, "exists (warn(other))")]
    [InlineData("exists bug(a.b)", true, "exists (bug(a.b))")]
    [InlineData("exists sigbus(P0)", false, "exists (sigbus(P0))")]
    [InlineData("exists sigbus(P1)", true, "exists (sigbus(P1))")]
    [InlineData("exists hang", false, "exists (hang)")]
    [InlineData("exists reach(insert_pfn.other_pfn)", true, "exists (reach(insert_pfn.other_pfn))")]
    [InlineData("exists not hang /\\ ~sigbus(P0)", true, "exists (not (hang) /\\ not (sigbus(P0)))")]
    [InlineData("exists hang /\\ true \\/ true", true, "exists (hang /\\ true \\/ true)")]
    [InlineData("exists hang /\\ (true \\/ true)", false, "exists (hang /\\ (true \\/ true))")]
    [InlineData("exists not (hang \\/ true)", false, "exists (not (hang \\/ true))")]
    [InlineData("exists size(f)=5", true, "exists (size(f)=5)")]
    [InlineData("exists size(f)!=5", false, "exists (size(f)!=5)")]
    [InlineData("exists durable(f[1])=2010", true, "exists (durable(f[1])=2010)")]
    [InlineData("exists durable(f[1].0)=2010", true, "exists (durable(f[1])=2010)")]
    [InlineData("exists durable(f[0].1)=2001", true, "exists (durable(f[0].1)=2001)")]
    [InlineData("exists durable_size(f)=4", true, "exists (durable_size(f)=4)")]
    [InlineData("exists pmd(A[0])=table", true, "exists (pmd(A[0])=table)")]
    [InlineData("exists pmd(A[1])=block", true, "exists (pmd(A[1])=block)")]
    [InlineData("exists pmd(A[1])=none", false, "exists (pmd(A[1])=none)")]
    [InlineData("exists pmd(A[1])!=zero", true, "exists (pmd(A[1])!=zero)")]
    [InlineData("exists extent(f[0])=block", true, "exists (extent(f[0])=block)")]
    [InlineData("exists extent(f[1])=unwritten", true, "exists (extent(f[1])=unwritten)")]
    [InlineData("exists extent(f[1])=hole", false, "exists (extent(f[1])=hole)")]
    [InlineData("exists huge(f[1])", true, "exists (huge(f[1]))")]
    [InlineData("exists huge(f[0])", false, "exists (huge(f[0]))")]
    [InlineData("exists sigsegv(P0)", true, "exists (sigsegv(P0))")]
    [InlineData("exists sigsegv(P1)", false, "exists (sigsegv(P1))")]
    [InlineData("exists not crashed", false, "exists (not (crashed))")]
    public void Parses_prints_and_evaluates(string text, bool expected, string printed)
    {
        Condition condition = Samples.Parse(Test + text).Condition;

        Assert.Equal(expected, Condition.Evaluate(condition, new FakeOutcome()));
        Assert.Equal(printed, condition.Print());
        Assert.Equal(printed, Samples.Parse(Test + printed).Condition.Print());
    }

    [Fact]
    public void State_lines_are_sorted_and_readable_by_herd()
    {
        string locations = "locations [1:r0; A[1].1; f[0]; hang]\n";
        string condition = "exists (reach(a.b) /\\ warn(insert_pfn) /\\ pte(A[0])=anon /\\ 0:r3=1 /\\ 0:r1=1 /\\ 0:r3=2 /\\ faults(P0)=1"
            + " /\\ entry(f[1])=none /\\ dirty(f[1]) /\\ dirty(A[0]) /\\ writable(A[0]) /\\ sigbus(P0) /\\ bug(x) /\\ f[0].1=0 /\\ A[1]=2"
            + " /\\ crashed /\\ sigsegv(P1) /\\ extent(f[1])=hole /\\ huge(f[1]) /\\ pmd(A[1])=zero /\\ durable_size(f)=1 /\\ durable(f[1].1)=1"
            + " /\\ durable(f[0])=1 /\\ size(f)=1)";
        LitmusTest test = Samples.Parse(Test + locations + condition);

        string line = StateLine.Print(test.Observables, new FakeOutcome());

        Assert.Equal(
            "0:r1=100; 0:r3=101; 1:r0=200; A[1]=10; A.1[1]=11; f[0]=1000; f.1[0]=1001; size.f=5; durable.f[0]=2000; durable.f.1[1]=2011; "
            + "durable_size.f=4; pte.A[0]=block; writable.A[0]=1; dirty.A[0]=0; pmd.A[1]=block; entry.f[1]=zero; dirty.f[1]=0; huge.f[1]=1; "
            + "extent.f[1]=unwritten; faults.P0=2; warn.insert_pfn=1; bug.x=0; sigbus.P0=0; sigsegv.P1=0; crashed=1; hang=0; reach.a.b=0;",
            line);

        // The location and value patterns of herdtools7's log reader, put down as one expression.
        string name = @"[A-Za-z_.$][A-Za-z0-9_.]*";
        Assert.Matches($@"^(\s*(\d+:{name}|{name}\[\d+\]|{name})=(-?\d+|{name});)*$", line);
    }

    [Fact]
    public void Depth_is_limited_and_length_is_not()
    {
        string Nest(int depth) => $"{Test}exists {new string('(', depth)}true{new string(')', depth)}";
        Samples.Parse(Nest(63));
        Assert.Contains("nested too deeply", LitmusParser.Parse("t", Nest(64)).Diagnostics.Single().Message, StringComparison.Ordinal);
        Assert.Contains("nested too deeply", LitmusParser.Parse("t", Nest(200_000)).Diagnostics.Single().Message, StringComparison.Ordinal);
        Assert.False(LitmusParser.Parse("t", $"{Test}exists {new string('~', 200_000)} true").IsSuccess);

        Condition wide = Samples.Parse($"{Test}exists {string.Join(" /\\ ", Enumerable.Repeat("not hang", 50_000))}").Condition;
        Assert.True(Condition.Evaluate(wide, new FakeOutcome()));
        Assert.Single(wide.Observables);
    }

    /// <summary>Answers with values that tell which question was asked.</summary>
    private sealed class FakeOutcome : IOutcome
    {
        public bool Hang => false;

        public int Register(int thread, int slot) => 100 * (thread + 1) + slot;

        public int MapWord(int map, int page, int word) => 10 * page + word;

        public int FileWord(int file, int page, int word) => 1000 + 10 * page + word;

        public int Size(int file) => 5;

        public int Durable(int file, int page, int word) => 2000 + 10 * page + word;

        public int DurableSize(int file) => 4;

        public PmdKind Pmd(int map, int page) => page == 0 ? PmdKind.Table : PmdKind.Block;

        public bool EntryHuge(int file, int page) => page == 1;

        public ExtentKind Extent(int file, int page) => page == 0 ? ExtentKind.Block : ExtentKind.Unwritten;

        public bool Sigsegv(int thread) => thread == 0;

        public bool Crashed => true;

        public PteKind Pte(int map, int page) => page == 0 ? PteKind.Block : PteKind.None;

        public bool PteWritable(int map, int page) => page == 0;

        public bool PteDirty(int map, int page) => false;

        public EntryKind Entry(int file, int page) => page == 0 ? EntryKind.Block : EntryKind.Zero;

        public bool EntryDirty(int file, int page) => page == 0;

        public int Faults(int thread) => thread + 2;

        public bool Warned(string function) => function == "insert_pfn";

        public bool Bugged(string name) => name == "a.b";

        public bool Sigbus(int thread) => thread == 1;

        public bool Reached(string mark) => mark == "insert_pfn.other_pfn";
    }
}
