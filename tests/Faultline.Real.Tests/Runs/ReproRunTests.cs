using System.Diagnostics;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;
using Faultline.Real.Runs;
using Faultline.Real.Tests.Repro;

namespace Faultline.Real.Tests.Runs;

/// <summary>Programs run on this machine's kernel, in an ordinary directory.</summary>
public sealed class ReproRunTests
{
    private static readonly ReproOptions Short = new(Seconds: 0.3, Watch: Watch.All);

    /// <summary>The page cache has none of DAX's races: what is seen is what atomic loads, stores and system calls can do.</summary>
    [Theory]
    [InlineData("seed/generic-437")]
    [InlineData("fstests/generic-080")]
    [InlineData("fstests/generic-344-fallocated-write")]
    [InlineData("fstests/generic-344-huge-write")]
    [InlineData("fstests/generic-354-hole-processes")]
    [InlineData("findings/munmap-stale-tlb")]
    public void Ends_as_the_model_allows(string test)
    {
        Compilation.CompilerOrSkip();
        using var folder = new TempFolder();
        TestFile file = Corpus.Load(test);
        ReproRun run = ReproRun.Run(file.Test!, Short, folder.Path, [], TestContext.Current.CancellationToken);
        Assert.True(run.Histogram.Rounds > 0);
        Assert.NotNull(Surroundings.Of(run.Histogram));
        AllowedOutcomes allowed = AllowedOutcomes.Explore(
            file.Program!, ObservedSet.Of(file.Test!, Watch.All), KernelVersions.All[^1], [FilesystemKind.Ext4, FilesystemKind.Xfs], SearchLimits.None);
        Assert.Empty(new Comparison(run.Histogram, allowed).Outside);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>A load behind the end of the file is SIGBUS, one of a mapping that is gone SIGSEGV: outcomes, not ends.</summary>
    [Fact]
    public void Signals_are_outcomes()
    {
        ReproRun run = Run("""
            DAX signals
            { file f = [block 7, beyond]; map A = mmap(f, shared, rw); map B = mmap(f, shared, r); }
             P0         ;
             A[1] = 1   ;
             r0 = A[1]  ;
             munmap(B)  ;
             r1 = B[0]  ;
             r2 = A[0]  ;
            forall (sigbus(P0) /\ 0:r0=0 /\ 0:r2=7)
            """);
        Assert.Equal("0:r0=0; 0:r1=0; 0:r2=7; A[0]=7; A[1]=0; B[0]=0; B[1]=0; f[0]=7; f[1]=0; size.f=1; sigbus.P0=1; sigsegv.P0=1;", Assert.Single(run.Histogram.States).Line);
        Assert.True(run.Histogram.States[0].IsSatisfied);
    }

    /// <summary>Whatever is in a language test runs, or says that this filesystem cannot.</summary>
    [Theory]
    [InlineData("accesses")]
    [InlineData("layout")]
    [InlineData("huge")]
    [InlineData("processes")]
    public void Every_operation_runs(string name)
    {
        Compilation.CompilerOrSkip();
        using var folder = new TempFolder();
        try
        {
            ReproRun run = ReproRun.Run(Languages.Test(name), Short, folder.Path, [], TestContext.Current.CancellationToken);
            Assert.True(run.Histogram.Rounds > 0);
            Assert.DoesNotContain(run.Histogram.Notes, n => n.Contains("hang", StringComparison.Ordinal));
        }
        catch (RunException e)
        {
            Assert.Contains("; ", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("INT", 2)]
    public void An_interrupted_program_prints_what_it_saw_and_leaves_nothing(string signal, int number)
    {
        Compilation.CompilerOrSkip();
        using TempFolder folder = new(), files = new();
        folder.Write("t.c", ReproProgram.Write(Corpus.Load("fstests/generic-354-hole-processes").Test!, new ReproOptions(Seconds: 60)));
        Assert.Equal("", Compilation.Compile(folder.Path, CCompiler.Flags, "-o", "t", "t.c"));
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(folder.Path, "t"), [files.Path]) { RedirectStandardOutput = true })!;
        Thread.Sleep(500);
        Process.Start("kill", [$"-{signal}", $"{process.Id}"]).WaitForExit();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(128 + number, process.ExitCode);
        Histogram histogram = Assert.Single(HistogramLog.Parse("t", output).Histograms);
        Assert.True(histogram.Rounds > 0);
        Assert.Contains(histogram.Notes, n => n.StartsWith($"interrupted by signal {number} after", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(files.Path));
    }

    [Fact]
    public void A_directory_that_is_not_there() => Refused("no such directory", "no-such-directory");

    [Fact]
    public void A_directory_where_nothing_can_be_made() => Refused("/proc", "/proc");

    [Fact]
    public void MAP_SYNC_wants_DAX()
    {
        using var folder = new TempFolder();
        RunException e = Assert.Throws<RunException>(() => ReproRun.Run(Corpus.Load("fstests/generic-470").Test!, Short, folder.Path, [], TestContext.Current.CancellationToken));
        Assert.Contains("MAP_SYNC wants DAX", e.Message, StringComparison.Ordinal);
    }

    private static void Refused(string expected, string directory)
    {
        Compilation.CompilerOrSkip();
        RunException e = Assert.Throws<RunException>(() => ReproRun.Run(Corpus.Load("seed/generic-437").Test!, Short, directory, [], TestContext.Current.CancellationToken));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    private static ReproRun Run(string text)
    {
        Compilation.CompilerOrSkip();
        using var folder = new TempFolder();
        return ReproRun.Run(Corpus.Parse(text), Short, folder.Path, [], TestContext.Current.CancellationToken);
    }
}
