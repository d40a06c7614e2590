using System.Runtime.CompilerServices;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Real.Histograms;

namespace Faultline.Real.Tests.Histograms;

/// <summary>What emitted programs printed on real DAX filesystems is what the model of that version allows.</summary>
public sealed class RecordingsTests
{
    /// <summary>docs/real-kernels.md tells both: an allocator that chose another block, and a source of read_direct that lay on DAX.</summary>
    private static readonly (string Test, string Line)[] KnownOutside =
    [
        ("cow-stale-freed", "0:r0=7; 1:r0=7; A[0]=7; f[0]=2; g[0]=0; h[0]=9; size.f=1; size.g=1; size.h=1;"),
        ("dontneed-enomem", "0:r0=7; A[0]=7; A[1]=0; A[2]=0; A[3]=0; f[0]=7; f[1]=0; f[2]=0; f[3]=0; size.f=4; sigbus.P1=1;"),
    ];

    private static readonly Lazy<Dictionary<string, TestFile>> ByHash = new(() => Corpus.Files.Select(Corpus.LoadFile)
        .GroupBy(f => ObservedSet.Of(f.Test!, Watch.All).Hash).ToDictionary(g => g.Key, g => g.First()));

    /// <summary>A test that has changed since (another hash) is passed over; so many are left at least.</summary>
    [Theory]
    [InlineData("debian-6.12.117-ext4", "v6.12", FilesystemKind.Ext4, 5)]
    [InlineData("debian-6.12.117-xfs", "v6.12", FilesystemKind.Xfs, 8)]
    [InlineData("debian-6.18.15-ext4", "v6.18", FilesystemKind.Ext4, 5)]
    [InlineData("debian-6.18.15-xfs", "v6.18", FilesystemKind.Xfs, 8)]
    [InlineData("corpus-6.12.117-ext4", "v6.12", FilesystemKind.Ext4, 140)]
    [InlineData("corpus-6.12.117-xfs", "v6.12", FilesystemKind.Xfs, 160)]
    [InlineData("corpus-6.18.15-ext4", "v6.18", FilesystemKind.Ext4, 140)]
    [InlineData("corpus-6.18.15-xfs", "v6.18", FilesystemKind.Xfs, 160)]
    public void Agree_with_the_model(string recording, string kernel, FilesystemKind filesystem, int atLeast)
    {
        LogContents contents = HistogramLog.Parse(recording, File.ReadAllText(Path.Combine(Folder(), recording + ".log")));
        Assert.Empty(contents.Problems);
        int compared = 0;
        foreach (Histogram histogram in contents.Histograms)
        {
            if (!ByHash.Value.TryGetValue(histogram.Hash, out TestFile? file))
            {
                continue;
            }

            compared++;
            ObservedSet observed = ObservedSet.Of(file.Test!, Watch.All);
            AllowedOutcomes allowed = AllowedOutcomes.Explore(file.Program!, observed, KernelVersions.Find(kernel)!, [filesystem], SearchLimits.None);
            string[] outside = [.. new Comparison(histogram, allowed).Outside.Select(s => s.Line).Where(line => !KnownOutside.Contains((histogram.TestName, line)))];
            Assert.True(outside.Length == 0, $"{histogram.TestName}: {string.Join(" | ", outside)}");
        }

        Assert.True(compared >= atLeast, $"{compared} of {contents.Histograms.Count} compared");
    }

    /// <summary>Bugs that the model predicts, and that an emitted program hit on a real kernel without more ado.</summary>
    [Theory]
    [InlineData("debian-6.12.117-xfs", "findings/write-not-seen", "v6.12", FilesystemKind.Xfs)]
    [InlineData("debian-6.12.117-xfs", "findings/cow-write-lost", "v6.12", FilesystemKind.Xfs)]
    [InlineData("debian-6.18.15-ext4", "findings/write-not-seen", "v6.18", FilesystemKind.Ext4)]
    [InlineData("debian-6.18.15-xfs", "findings/cow-write-lost", "v6.18", FilesystemKind.Xfs)]
    public void Reproduce_known_bugs(string recording, string test, string kernel, FilesystemKind filesystem)
    {
        TestFile file = Corpus.Load(test);
        ObservedSet observed = ObservedSet.Of(file.Test!, Watch.All);
        Histogram histogram = HistogramLog.Parse(recording, File.ReadAllText(Path.Combine(Folder(), recording + ".log"))).Histograms.Single(h => h.TestName == file.Test!.Name);
        AllowedOutcomes allowed = AllowedOutcomes.Explore(file.Program!, observed, KernelVersions.Find(kernel)!, [filesystem], SearchLimits.None);
        Assert.NotEmpty(new Comparison(histogram, allowed).Reproduced);
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "Recordings");
}
