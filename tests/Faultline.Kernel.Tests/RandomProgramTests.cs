using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using static Faultline.Kernel.Tests.Programs;

namespace Faultline.Kernel.Tests;

/// <summary>
/// False alarms: random programs of two threads over an allocated page, shared and private. On v6.12 and v6.15 none of them may violate
/// anything; on v4.20 only the zero-filled copy may be found.
/// </summary>
public sealed class RandomProgramTests
{
    private const int Programs = 150;

    [Theory]
    [InlineData("v6.12", "")]
    [InlineData("v6.15", "")]
    [InlineData("v4.20", "I6,refinement")]
    public void Over_an_allocated_page_nothing_else_goes_wrong(string version, string allowed)
    {
        var random = new Random(437);
        for (int i = 0; i < Programs; i++)
        {
            UserProgram program = Any(random);
            IReadOnlyList<string> violations = Violations(program, Version(version), i % 2 == 0 ? FilesystemKind.Ext4 : FilesystemKind.Xfs);
            Assert.True(
                violations.All(v => allowed.Split(',').Contains(v)),
                $"{string.Join(", ", violations)} in program {i}: {string.Join(" || ", program.Threads.Select(t => string.Join("; ", t.Code)))}");
        }
    }

    private static UserProgram Any(Random random)
    {
        MapSpec[][] mappings =
        [
            [new("A", 0, true, true)],
            [new("A", 0, false, true)],
            [new("A", 0, true, true), new("B", 0, false, true)],
            [new("A", 0, true, true), new("B", 0, true, true)],
        ];
        MapSpec[] maps = mappings[random.Next(mappings.Length)];
        return Of(Block7, maps, Thread(random, maps.Length), Thread(random, maps.Length)) with { WordsPerPage = 2 };
    }

    private static Instruction[] Thread(Random random, int maps)
    {
        int register = 0;
        return [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ =>
        {
            int map = random.Next(maps), word = random.Next(2), value = 1 + random.Next(8);
            return random.Next(6) switch
            {
                0 or 1 when register < 2 => Load(register++, word, map),
                2 or 3 => Store(value, word, map),
                4 => Write(value, word),
                _ => DontNeed(map),
            };
        })];
    }
}
