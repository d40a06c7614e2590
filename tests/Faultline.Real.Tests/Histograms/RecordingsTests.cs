using System.Runtime.CompilerServices;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;

namespace Faultline.Real.Tests.Histograms;

/// <summary>What emitted programs printed on real DAX filesystems is what the model of that version allows.</summary>
public sealed class RecordingsTests
{
    /// <summary>docs/real-kernels.md: the filesystem did not use the freed block again, as the model's allocator always does.</summary>
    private static readonly (string Test, string Line) KnownOutside =
        ("cow-stale-freed", "0:r0=7; 1:r0=7; A[0]=7; f[0]=2; g[0]=0; h[0]=9; size.f=1; size.g=1; size.h=1;");

    [Theory]
    [InlineData("debian-6.12.117-ext4", "v6.12", FilesystemKind.Ext4, 5)]
    [InlineData("debian-6.12.117-xfs", "v6.12", FilesystemKind.Xfs, 8)]
    [InlineData("debian-6.18.15-ext4", "v6.18", FilesystemKind.Ext4, 5)]
    [InlineData("debian-6.18.15-xfs", "v6.18", FilesystemKind.Xfs, 8)]
    public void Agree_with_the_model(string recording, string kernel, FilesystemKind filesystem, int atLeast)
    {
        LogContents contents = HistogramLog.Parse(recording, File.ReadAllText(Path.Combine(Folder(), recording + ".log")));
        Assert.Empty(contents.Problems);
        Assert.True(contents.Histograms.Count >= atLeast);
        foreach (Histogram histogram in contents.Histograms)
        {
            TestFile file = Corpus.LoadFile(Corpus.Files.Single(f => Path.GetFileNameWithoutExtension(f) == histogram.TestName));
            ObservedSet observed = ObservedSet.Of(file.Test!, Watch.All);
            Assert.Equal(ReproProgram.NameOf(file.Test!), histogram.TestName);
            Assert.Equal(observed.Hash, histogram.Hash);
            AllowedOutcomes allowed = AllowedOutcomes.Explore(file.Program!, observed, KernelVersions.Find(kernel)!, [filesystem], SearchLimits.None);
            var comparison = new Comparison(histogram, allowed);
            Assert.Equal(
                histogram.TestName == KnownOutside.Test ? [KnownOutside.Line] : [],
                comparison.Outside.Select(s => s.Line));
        }
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
