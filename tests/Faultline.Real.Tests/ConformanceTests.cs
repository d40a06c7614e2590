using Faultline.Kernel.Versions;
using Faultline.Real.Conformance;

namespace Faultline.Real.Tests;

/// <summary>What real kernels did (<c>Conformance/</c>) against the model, and that a difference would be seen.</summary>
public sealed class ConformanceTests
{
    private const int AtLeast = 2000;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conformance");

    /// <summary>The recordings.</summary>
    public static TheoryData<string> Recordings => [.. Directory.EnumerateFiles(Folder, "*.gz").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Agrees(string name)
    {
        Recording recording = Recording.Read(Path.Combine(Folder, name));
        Assert.NotNull(recording.Model);
        IReadOnlyList<RecordedTest> differ = ConformanceText.Differences(recording, recording.Model);
        Assert.True(
            differ.Count == 0,
            string.Join('\n', differ.Take(3).SelectMany(t => ConformanceText.Describe(recording, t, recording.Model))));
        Assert.True(recording.Tests.Count >= AtLeast, $"{recording.Tests.Count} tests");
        Assert.Contains("faultline lab conform", recording.Command, StringComparison.Ordinal);
        Assert.NotEmpty(recording.Package);
    }

    [Fact]
    public void ThereIsOneForEachKernelAndFilesystem()
    {
        Recording[] all = [.. Directory.EnumerateFiles(Folder, "*.gz").Select(Recording.Read)];
        Assert.Superset(
            (HashSet<(string?, string)>)[("v6.1", "ext4"), ("v6.1", "xfs"), ("v6.12", "ext4"), ("v6.12", "xfs"), ("v6.18", "ext4"), ("v6.18", "xfs")],
            all.Select(r => (r.Model?.Name, r.Filesystem)).ToHashSet());
        foreach (IGrouping<string, Recording> kernel in all.GroupBy(r => r.Release))
        {
            HashSet<string> recorded = [.. kernel.SelectMany(r => r.Tests).Select(t => t.Name)];
            Assert.All(Rows.All, row => Assert.Contains(row.Name, recorded));
        }
    }

    [Fact]
    public void AnotherVersionDiffers()
    {
        Recording recording = Recording.Read(Directory.EnumerateFiles(Folder, "6.1.*-ext4.gz").Single());
        Assert.NotEmpty(ConformanceText.Differences(recording, KernelVersions.Find("v6.12")!));
    }

    [Theory]
    [InlineData(Mutation.WritableZeroPage)]
    public void ABrokenModelDiffers(Mutation mutation)
    {
        Recording recording = Recording.Read(Directory.EnumerateFiles(Folder, "6.12.*-ext4.gz").Single());
        RecordedTest test = ConformanceText.Differences(recording, recording.Model! with { Mutation = mutation })[0];
        string[] lines = [.. ConformanceText.Describe(recording, test, recording.Model! with { Mutation = mutation })];
        Assert.StartsWith("DIFFERENCE: ", lines[0], StringComparison.Ordinal);
        Assert.Contains("model", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void RandomTestsAreOfTheKindsThatAreAskedFor()
    {
        Sequence[] random = [.. ConformanceRun.Tests(seed: 1, count: 500).Where(t => t.Name.StartsWith("random", StringComparison.Ordinal)).Select(t => t.Sequence)];
        Assert.Equal(500, random.Select(s => s.ToLitmus("")).Distinct().Count());
        Assert.All(random, s => Assert.InRange(s.Operations.Count(o => o != "munmap(A)"), 2, 8));
        Assert.All(random, s => Assert.Equal(2, s.Declarations.Count(d => d.StartsWith("map ", StringComparison.Ordinal))));
        string all = string.Join('\n', random.Select(s => s.ToLitmus("")));
        Assert.All(["shared", "private", "sync", "huge"], kind => Assert.Contains(kind, all, StringComparison.Ordinal));
    }

    [Fact]
    public void TheMonitorsWordsAreTheAgents()
    {
        var tlb = new MonitorTlb("00007f0000200000: 0000000020200000 --PDA--UW\r\n00007f0000401000: 0000000020401000 ----A--U-\r\n");
        Assert.Equal(("phwd", "p", "."), (tlb.Page(0x7f0000201000), tlb.Page(0x7f0000401000), tlb.Page(0x7f0000402000)));
        Assert.Equal(("phwd", "p", "."), (MonitorTlb.WithoutClass("b0hwd"), MonitorTlb.WithoutClass("z"), MonitorTlb.WithoutClass(".")));
        Assert.Equal("pw", MonitorTlb.WithoutClass("aw"));
    }

    [Theory]
    [InlineData(";P:NOPAGE ;b0 .;2: 7 8", ";P:NOPAGE ;b0d .;2: 7 8")]
    [InlineData("7;;b0 .;2: 7 8", "8;;b0 .;2: 7 8")]
    [InlineData(";;b0 .;2: 7 8", ";;b0 .;2: 7 9")]
    [InlineData(";flush ;b0 .;2: 7 8", ";;b0 .;2: 7 8")]
    public void ADifferenceIsSeen(string model, string kernel)
    {
        var program = new Sequence(["file f = [block 7, block 8]", "map A = mmap(f, shared, rw)"], ["fsync(f)"]).Compile("test")!;
        Assert.Equal(-1, Views.Compare(program, [model], [model]).Difference);
        Assert.Equal(0, Views.Compare(program, [model], [kernel]).Difference);
    }

    [Fact]
    public void WhatIsNoRecordingIsRefused()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(path, "nothing");
        try
        {
            Assert.Contains(path + ":1:1", Assert.Throws<FormatException>(() => Recording.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
