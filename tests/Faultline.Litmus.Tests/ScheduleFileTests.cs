using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Schedules;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>Schedules as files: written, read back, run again; damaged ones are refused with a place.</summary>
public sealed class ScheduleFileTests
{
    private const string Litmus = """
        DAX generic-437
        "A private store races a private load"
        {
          file f = [block 7];
          map A = mmap(f, private, rw);
        }
         P0       | P1        ;
         A[0] = 1 | r0 = A[0] ;
        exists (warn(insert_pfn) /\ 1:r0=1)
        """;

    private static readonly LitmusTest Test = LitmusParser.Parse("test.litmus", Litmus).Test!;
    private static readonly CompileResult Compiled = Compiler.Compile(Test, CompileLimits.Search);
    private static readonly CheckResult Check = Checker.Check(
        Test, Compiled.Program!, KernelVersions.Find("v4.12+pfn-warn")!, FilesystemKind.Ext4, null, CheckOptions.Default);

    public static TheoryData<string> Findings => [.. Check.Findings.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Findings))]
    public void ReadBackItIsTheSameAndReplaysExactly(string finding)
    {
        ScheduleFile kept = ScheduleFile.Of(Check, Check.Findings.Single(f => f.Name == finding));
        ScheduleFile read = Read(kept.Write());
        Assert.Equal(kept.Write(), read.Write());
        ScheduleReplay replay = Replay(read, "v4.12+pfn-warn");
        Assert.Empty(replay.Differences);
        Assert.True(replay.Shows);
        Assert.Equal(kept.Steps.Count, replay.Witness.Steps.Count);
    }

    /// <summary>On a kernel that does not warn the same schedule runs, and what it no longer shows is said.</summary>
    [Fact]
    public void OnAnotherKernelItSaysWhatChanged()
    {
        ScheduleReplay replay = Replay(Seed(), "v4.14");
        Assert.False(replay.Shows);
        Assert.Contains("warn(insert_pfn) does not happen", replay.Differences);
    }

    /// <summary>Where the code differs, the first step that is another one is named.</summary>
    [Fact]
    public void TheFirstStepThatIsAnotherOneIsNamed()
    {
        ScheduleReplay replay = Replay(Seed(), "v6.12");
        Assert.Contains(replay.Differences, d => d.StartsWith("step 5 was 'Lock tree_lock f in grab_mapping_entry', is now '", StringComparison.Ordinal));
    }

    [Fact]
    public void AScheduleThatCannotGoOnSaysWhere()
    {
        ScheduleFile kept = Seed();
        List<KeptStep> steps = [.. kept.Steps, .. kept.Steps, .. kept.Steps, .. kept.Steps];
        ScheduleReplay replay = Replay(kept with { Steps = steps }, "v4.12+pfn-warn");
        Assert.Contains(replay.Differences, d => d.Contains("cannot go on here", StringComparison.Ordinal));
    }

    /// <summary>Cut anywhere, it is refused; the place is within the file.</summary>
    [Fact]
    public void EveryTruncationIsRefused()
    {
        string text = Seed().Write();
        for (int length = 0; length < text.Length - 1; length++)
        {
            ScheduleResult read = ScheduleReader.Read("s.txt", text[..length]);
            Assert.Null(read.File);
            Diagnostic wrong = Assert.Single(read.Diagnostics);
            Assert.InRange(wrong.Line, 1, text[..length].Split('\n').Length);
            Assert.True(wrong.Column >= 1 && wrong.Message.Length > 0);
        }
    }

    /// <summary>Any one character changed, it is refused.</summary>
    [Fact]
    public void EveryChangedCharacterIsRefused()
    {
        string text = Seed().Write();
        for (int at = 0; at < text.Length; at++)
        {
            foreach (char other in "~\n0")
            {
                if (text[at] != other)
                {
                    Assert.Null(ScheduleReader.Read("s.txt", $"{text[..at]}{other}{text[(at + 1)..]}").File);
                }
            }
        }
    }

    [Theory]
    [InlineData("", "1:1: the file ends here; expected a schedule file of faultline: 'faultline schedule 1'")]
    [InlineData("# Faultline\n", "1:1: found '# Faultline'; expected a schedule file of faultline: 'faultline schedule 1'")]
    [InlineData("faultline schedule 2\n", "1:20: format 2 is not known; expected 1, as faultline ")]
    [InlineData("faultline schedule 1\ntool 1\nkernel v4.12\nfs ext4\n", "4:1: found 'fs ext4'; expected 'filesystem ...'")]
    [InlineData("faultline schedule 1\ntool 1\nkernel k\nfilesystem f\nfinding x\nschedule odd\n", "6:10: found 'schedule odd'; expected 'schedule shortest' or 'schedule found'")]
    [InlineData("faultline schedule 1\ntool 1\nkernel k\nfilesystem f\nfinding x\nschedule found\npath p\nsteps many\n", "8:7: 'many' is no number of lines")]
    [InlineData("faultline schedule 1\ntool 1\nkernel k\nfilesystem f\nfinding x\nschedule found\npath p\nsteps 1\n  2 P0 x\n", "9:3: found '2 P0 x'; expected '1 P0 ...', step 1 of the schedule")]
    public void ForeignFilesAreRefusedInWords(string text, string message) =>
        Assert.StartsWith($"s.txt:{message}", Assert.Single(ScheduleReader.Read("s.txt", text).Diagnostics).ToString());

    [Fact]
    public void WhatOneScheduleCannotShowIsNotKept()
    {
        Assert.NotNull(ScheduleFile.WhyNot(new Finding(null, null)));
        Assert.Null(ScheduleFile.WhyNot(Check.Findings[0]));
    }

    private static ScheduleFile Seed() => ScheduleFile.Of(Check, Check.Findings.Single(f => f.Name == "warn(insert_pfn)"));

    private static ScheduleFile Read(string text)
    {
        ScheduleResult read = ScheduleReader.Read("s.txt", text);
        Assert.Empty(read.Diagnostics);
        return read.File!;
    }

    private static ScheduleReplay Replay(ScheduleFile file, string kernel) => ScheduleReplay.Run(
        file, LitmusParser.Parse("s.txt", file.Test).Test!, Compiled.Program!, KernelVersions.Find(kernel)!, FilesystemKind.Ext4);
}
