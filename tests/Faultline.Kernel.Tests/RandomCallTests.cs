using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using static Faultline.Kernel.Tests.Programs;

namespace Faultline.Kernel.Tests;

/// <summary>
/// False alarms: random programs of two threads over allocated pages that load, store, and call whatever the language has. On kernels
/// without known bugs in what they use, only the findings of litmus/findings may show: fsync-overtaken (I7), and since v6.15 what breaking
/// layouts forgets (I7) and that it sleeps for a page that is mapped again (I8).
/// </summary>
public sealed class RandomCallTests
{
    private const int Count = 60;
    private const int Registers = 3;

    private static readonly Func<Draw, Instruction>[] Calls =
    [
        d => new(Opcode.Fsync, 0, -1, 0, -1, 0, 0, 1),
        d => new(Opcode.Truncate, 0, -1, 0, -1, d.Random.Next(d.Pages + 1), 0, 1),
        d => Fallocate(d, FallocateMode.PunchHole),
        d => Fallocate(d, FallocateMode.ZeroRange),
        d => Fallocate(d, FallocateMode.Allocate),
        d => Fallocate(d, FallocateMode.CollapseRange),
        d => new(Opcode.DontNeed, d.Map, -1, 0, -1, 0, 0, 1),
        d => new(Opcode.Munmap, d.Map, -1, 0, -1, 0, 0, 1),
        d => new(Opcode.Mprotect, d.Map, -1, 0, -1, d.Random.Next(2), 0, 1),
        d => new(Opcode.DirectRead, d.Map, d.Page, 0, -1, 5, 0, 1),
    ];

    [Theory]
    [InlineData("v5.10", FilesystemKind.Ext4, false, "I7")]
    [InlineData("v6.12", FilesystemKind.Xfs, false, "I7")]
    [InlineData("v6.12", FilesystemKind.Ext4, true, "I7")]
    [InlineData("v7.3", FilesystemKind.Xfs, true, "I7,I8")]
    [InlineData("v7.3", FilesystemKind.Ext4, false, "I7,I8")]
    public void Whatever_two_threads_call_nothing_goes_wrong_but_what_is_known(
        string version, FilesystemKind fs, bool huge, string known)
    {
        var random = new Random(437);
        for (int i = 0; i < Count; i++)
        {
            UserProgram program = Any(random, huge);
            IReadOnlyList<string> violations = Violations(program, Version(version), fs);
            Assert.True(
                violations.All(v => known.Split(',').Contains(v)),
                $"{string.Join(", ", violations)} in program {i}: {string.Join(" || ", program.Threads.Select(t => string.Join("; ", t.Code)))}");
        }
    }

    /// <summary>The same programs do find a bug where there is one: on v4.12 no filesystem waits for pinned pages.</summary>
    [Fact]
    public void And_they_do_find_bugs()
    {
        var random = new Random(437);
        Assert.Contains(
            Enumerable.Range(0, Count).Select(_ => Any(random, huge: false)),
            program => Violations(program, Version("v4.12"), FilesystemKind.Xfs).Contains("I4"));
    }

    private static UserProgram Any(Random random, bool huge)
    {
        int pages = huge ? UserProgram.SmallHugePage : 2;
        Alignment alignment = huge ? Alignment.Huge : Alignment.BasePages;
        MapSpec a = new("A", 0, random.Next(3) > 0, true) { Alignment = alignment }, b = new("B", 0, random.Next(2) > 0, true);
        MapSpec[] maps = random.Next(2) == 0 ? [a] : [a, b];
        return new UserProgram(
            "random",
            [new FileSpec("f", [.. Enumerable.Range(0, pages).Select(p => new FilePage(PageBacking.Block, [7 + p]))])],
            maps,
            [.. Enumerable.Range(0, 2).Select(t => new ThreadSpec($"P{t}", Code(random, maps.Length, pages), ["r0", "r1", "r2"]))],
            1);
    }

    private static Instruction[] Code(Random random, int maps, int pages)
    {
        int register = 0;
        return [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ =>
        {
            var draw = new Draw(random, random.Next(maps), random.Next(pages), pages);
            return random.Next(3) switch
            {
                0 when register < Registers => new Instruction(Opcode.Load, draw.Map, draw.Page, 0, register++, 0, 1, 1),
                1 => new Instruction(Opcode.Store, draw.Map, draw.Page, 0, -1, 1 + random.Next(8), 0, 1),
                _ => Calls[random.Next(Calls.Length)](draw),
            };
        })];
    }

    private static Instruction Fallocate(Draw draw, FallocateMode mode) =>
        new(Opcode.Fallocate, 0, draw.Page, 0, -1, 0, 0, 1) { Pages = 1, Mode = mode };

    private sealed record Draw(Random Random, int Map, int Page, int Pages);
}
