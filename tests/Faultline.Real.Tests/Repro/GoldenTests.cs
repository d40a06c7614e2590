using Faultline.Real.Histograms;
using Faultline.Real.Repro;

namespace Faultline.Real.Tests.Repro;

/// <summary>Some programs, to the letter: what people read and send.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("seed/generic-437", Watch.Named)]
    [InlineData("fstests/generic-503-collapse", Watch.All)]
    [InlineData("findings/truncate-within-huge", Watch.Named)]
    [InlineData("findings/munmap-stale-tlb", Watch.Named)]
    public void The_program_of(string test, Watch watch) =>
        Golden.Same(Path.GetFileName(test) + ".c", ReproProgram.Write(Corpus.Load(test).Test!, new ReproOptions(Watch: watch)));

    [Fact]
    public void A_program_with_processes() =>
        Golden.Same("processes.c", ReproProgram.Write(Languages.Test("processes"), new ReproOptions()));

    [Fact]
    public void An_fstests_case()
    {
        FstestsCase written = FstestsCase.Of(Corpus.Load("history/32ebffd3bbb4-store-during-collapse").Test!, new ReproOptions(), 999);
        Assert.Equal(["tests/generic/999", "tests/generic/999.out", "src/32ebffd3bbb4-store-during-collapse.c"], written.Files.Select(f => f.Path));
        Golden.Same("fstests-999.sh", written.Files[0].Text);
        Assert.Equal("QA output created by 999\nSilence is golden\n", written.Files[1].Text);
        Assert.Equal("add 32ebffd3bbb4-store-during-collapse to LINUX_TARGETS in src/Makefile and src/32ebffd3bbb4-store-during-collapse to .gitignore", written.Advice);
    }

    [Theory]
    [InlineData("failures", "crash: no program makes the power fail")]
    [InlineData("failures", "mount ro: the files must be written first")]
    [InlineData("failures", "durable(f[0]), crashed: not seen from user space; no power fails here.")]
    [InlineData("accesses", "pte(A[0]): not seen from user space")]
    [InlineData("accesses", "warn(insert_pfn): not seen from user space; the kernel's log has it (dmesg).")]
    [InlineData("accesses", "faults(P0): not seen")]
    [InlineData("huge", "fallocate(f[0], INSERT_RANGE): it moves pages to places of another size")]
    public void What_is_left_out_is_said_in_the_program(string test, string note)
    {
        Assert.Contains(LeftOut.Of(Languages.Test(test)), n => n.StartsWith(note, StringComparison.Ordinal));
        string head = ReproProgram.Write(Languages.Test(test), new ReproOptions()).Split("#define _GNU_SOURCE")[0].Replace("\n//  ", "", StringComparison.Ordinal);
        Assert.Contains(note, head, StringComparison.Ordinal);
    }

    [Fact]
    public void What_races_with_what_is_said_at_each_instruction()
    {
        string program = ReproProgram.Write(Corpus.Load("findings/munmap-stale-tlb").Test!, new ReproOptions());
        Assert.Contains("// races with P0's munmap(A), P2's fallocate(f[0], PUNCH_HOLE)\n    delay();\n    store(map_A[i], 1);", program, StringComparison.Ordinal);
    }
}
