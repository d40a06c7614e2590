using System.Text.Json;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Json;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary>Lock order in lockdep's form.</summary>
public sealed class CycleTests
{
    private const string FirstStore = """
        DAX first-store-hole
        {
          file f = [hole];
          map A = mmap(f, shared, rw);
        }
         P0       ;
         A[0] = 1 ;
        exists (warn(insert_pfn))
        """;

    private const string Name = "lock-order(entry_lock -> jbd2_handle)";

    private static readonly CheckResult OnExt4 = Checks.Run(FirstStore, "v4.12~fb26a1cbed8c");

    [Fact]
    public void TwoClassesOfAModel() =>
        Golden.Same("lock-order-two.txt", string.Join('\n', CycleText.Lines(new Ring("a", "b").Tell(), 80)) + "\n");

    [Fact]
    public void AFaultOnExt4() => Golden.Same("lock-order-ext4.txt", OnExt4.Explain(Name, new TextOptions(80)));

    [Fact]
    public void TheSameTwice()
    {
        Assert.Equal(OnExt4.Explain(Name), Checks.Run(FirstStore, "v4.12~fb26a1cbed8c").Explain(Name));
        Assert.Equal(Lines(new Ring("a", "b", "c"), 80), Lines(new Ring("a", "b", "c"), 80));
    }

    /// <summary>CPU0 is the one that closes the circle, and each of the others waits for the next.</summary>
    [Fact]
    public void ThreeClassesTakeThreeColumns()
    {
        string[] expected =
        [
            " Possible unsafe locking scenario:",
            "",
            "       CPU0                    CPU1                    CPU2",
            "       ----                    ----                    ----",
            "  lock(c);",
            "                          lock(a);",
            "                                                  lock(b);",
            "                                                  lock(c);",
            "                          lock(b);",
            "  lock(a);",
            "",
            " *** DEADLOCK ***",
        ];
        List<string> lines = Lines(new Ring("a", "b", "c"), 80);
        Assert.Equal("chain exists of: c --> a --> b --> c", lines[0]);
        Assert.Equal(expected, lines.SkipWhile(l => !l.StartsWith(" Possible", StringComparison.Ordinal)));
        Assert.Equal(["-> #2", "-> #1", "-> #0"], lines.Where(l => l.StartsWith("->", StringComparison.Ordinal)).Select(l => l[..5]));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    public void LongCirclesFitTheWidth(int width)
    {
        for (int count = 2; count <= 6; count++)
        {
            CycleStory cycle = Made(Enumerable.Range(0, count).Select(i => $"mapping_invalidate_{i}"));
            List<string> lines = [.. CycleText.Lines(cycle, width)];
            Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
            Assert.Contains(lines, l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries).SequenceEqual(Enumerable.Range(0, count).Select(i => $"CPU{i}")));
            int[] columns = [.. lines.Where(l => l.EndsWith(");", StringComparison.Ordinal)).Select(l => l.Length - l.TrimStart().Length)];
            Assert.Equal(columns[..count], columns[count..].Reverse());
            Assert.Equal(columns[..count], columns[..count].Distinct().Order());
        }
    }

    [Fact]
    public void CheckPrintsItToo()
    {
        string text = OnExt4.Summarise();
        Assert.Contains($"{Name} in first-store-hole on v4.12~fb26a1cbed8c, ext4: ", text);
        Assert.Contains(" held, against the documented order\n", text);
        Assert.Contains("\n  -> #1 jbd2_handle --> entry_lock: a documented rule, not seen in this program\n", text);
        Assert.Contains("\n  -> #0 entry_lock --> jbd2_handle: P0 takes jbd2_handle(r) while it holds entry_lock f[0]\n", text);
        Assert.Contains("\n    lock(entry_lock);\n                            lock(jbd2_handle);\n", text);
        Assert.Contains("\n    rlock(jbd2_handle);\n\n   *** DEADLOCK ***\n", text);
        Assert.Contains($"--violation '{Name}'\n", text);
    }

    [Fact]
    public void WithoutRunsTheCircleIsStillPrinted()
    {
        Finding finding = OnExt4.Finding(Name);
        LockCycle bare = new([.. finding.Cycle!.Edges.Select(e => e with { Example = null })]);
        string text = (OnExt4 with { Findings = [finding with { Witness = null, Cycle = bare }] }).Summarise();
        Assert.Contains("-> #0 entry_lock --> jbd2_handle: no schedule: none was asked for", text);
        Assert.Contains("*** DEADLOCK ***", text);
    }

    [Fact]
    public void JsonCarriesIt()
    {
        ViolationEntry violation = CheckJson.Document([OnExt4]).Checks[0].Violations.Single(v => v.Name == Name);
        Assert.NotNull(violation.Witness);
        LockOrderEntry[] cycle = [.. violation.Cycle!];
        Assert.Equal([("entry_lock", "jbd2_handle", false), ("jbd2_handle", "entry_lock", true)], cycle.Select(e => (e.Held, e.Taken, e.Documented)));
        Assert.Equal(violation.Witness.Schedule, cycle[0].Schedule);
        Assert.Equal(("lock_slot", "ext4_iomap_begin"), (cycle[0].Outer!.Functions[0], cycle[0].Inner!.Functions[0]));
        Assert.Equal("A[0] = 1", cycle[0].Inner!.Instruction);
        Assert.True(cycle[1] is { Schedule: null, Outer: null, Inner: null });

        using var written = new MemoryStream();
        CheckJson.Write(written, [OnExt4]);
        using JsonDocument document = JsonDocument.Parse(written.ToArray());
        JsonElement edge = document.RootElement.GetProperty("checks")[0].GetProperty("violations")[0].GetProperty("cycle")[0];
        Assert.Equal("held taken documented summary schedule outer inner", string.Join(' ', edge.EnumerateObject().Select(p => p.Name)));
    }

    private static List<string> Lines(Ring ring, int width) => [.. CycleText.Lines(ring.Tell(), width)];

    private static CycleStory Made(IEnumerable<string> classes)
    {
        List<string> names = [.. classes];
        return new CycleStory(
            [.. names, names[0]],
            [.. names.Select((held, i) => new CycleEdge(held, names[(i + 1) % names.Count], true, "a rule", null, null, null, false, i % 2 == 1))]);
    }
}
