using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Kernel.Programs;
using Faultline.Real.Agent;
using Faultline.Real.Lab;

namespace Faultline.Real.Conformance;

/// <summary>Runs tests of one thread step by step on the real kernel of a guest, and reads what can be seen after each operation.</summary>
/// <param name="guest">The guest, with two CPUs or more.</param>
/// <param name="folder">A DAX folder in it.</param>
public sealed partial class GuestViews(Guest guest, string folder)
{
    private const int Cpu = 1;
    private int batches;

    /// <summary>Runs tests; a line for each operation of each, in the agent's words.</summary>
    /// <param name="programs">The tests.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">The guest hangs or panics, or the agent cannot do it.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<string>>> Run(IReadOnlyList<UserProgram> programs, CancellationToken cancellation)
    {
        string input = await Start("step", programs, cancellation);
        return await Finish(input, programs, cancellation);
    }

    /// <summary>
    /// Runs tests and asks QEMU's monitor (<c>info tlb</c>) after each operation what the page tables map: it must be what the agent sees of them.
    /// </summary>
    /// <param name="programs">The tests.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many pages were compared.</returns>
    /// <exception cref="LabException">They differ: what the agent sees is of no use; or the guest is gone.</exception>
    public async Task<int> CheckAgainstMonitor(IReadOnlyList<UserProgram> programs, CancellationToken cancellation)
    {
        string input = await Start("look", programs, cancellation);
        var looks = new List<IReadOnlyList<string>>();
        for (int i = 1; i <= programs.Sum(p => p.Threads[0].Code.Count); i++)
        {
            string line = await guest.Expect("agent: look", TimeSpan.FromSeconds(60), cancellation);
            IEnumerable<ulong> addresses = line[(line.IndexOf("agent: look", StringComparison.Ordinal) + "agent: look".Length)..]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(a => ulong.Parse(a, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            var tlb = new MonitorTlb(await guest.Monitor($"cpu {Cpu}", "info tlb", cancellation));
            looks.Add([.. addresses.Select(tlb.Page)]);
            await Answer(input, $"look-{i}", "1", cancellation);
        }

        string[] agent = [.. (await Finish(input, programs, cancellation)).SelectMany(lines => lines)];
        return agent.Zip(looks, Compare).Sum();
    }

    private static int Compare(string line, IReadOnlyList<string> monitor)
    {
        string[] pages = [.. line.Split(';').Skip(2).SelectMany(field => field.Contains(':', StringComparison.Ordinal) ? [] : field.Split(' '))];
        string[] agent = [.. pages.Select(MonitorTlb.WithoutClass)];
        return agent.SequenceEqual(monitor)
            ? agent.Length
            : throw new LabException($"faultline: the agent in the guest sees '{string.Join(' ', agent)}' where QEMU's 'info tlb' has '{string.Join(' ', monitor)}' ({line})");
    }

    private async Task<string> Start(string how, IReadOnlyList<UserProgram> programs, CancellationToken cancellation)
    {
        string name = $"tests-{Path.GetFileName(folder)}-{++batches}", input = Path.Combine(guest.Share, name);
        await File.WriteAllTextAsync(input, string.Concat(programs.Select(AgentProgram.Write)), cancellation);
        await guest.Send($"/host/agent {how} /host/{name} {folder} /host/{name}.out {Cpu}", cancellation);
        await guest.Expect("agent: which CR3", TimeSpan.FromSeconds(60), cancellation);
        string registers = await guest.Monitor($"cpu {Cpu}", "info registers", cancellation);
        string root = PageTable().Match(registers) is { Success: true } m ? m.Groups[1].Value
            : throw new LabException($"faultline: QEMU's monitor shows no CR3:\n{Tool.Last(registers, 10)}");
        await Answer(input, "cr3", root, cancellation);
        return input;
    }

    // The agent may look in the middle of writing: a file that comes by renaming is whole.
    private static async Task Answer(string input, string suffix, string text, CancellationToken cancellation)
    {
        string whole = $"{input}.{suffix}";
        await File.WriteAllTextAsync(whole + ".part", text, cancellation);
        File.Move(whole + ".part", whole);
    }

    private async Task<IReadOnlyList<IReadOnlyList<string>>> Finish(string input, IReadOnlyList<UserProgram> programs, CancellationToken cancellation)
    {
        ToolResult result = await guest.Finish(TimeSpan.FromSeconds(120 + (programs.Count / 5)), cancellation);
        return result.Status == 0
            ? Parse(await File.ReadAllLinesAsync(input + ".out", cancellation), programs.Count)
            : throw new LabException($"faultline: the agent in the guest failed:\n{Tool.Last(result.Output, 10)}");
    }

    private static List<IReadOnlyList<string>> Parse(string[] lines, int count)
    {
        var tests = new List<IReadOnlyList<string>>();
        List<string> current = [];
        foreach (string line in lines)
        {
            if (line.StartsWith('='))
            {
                current = [];
                tests.Add(current);
            }
            else
            {
                current.Add(line);
            }
        }

        tests.RemoveAt(tests.Count - 1); // the last '=' closes the file
        return tests.Count == count
            ? tests
            : throw new LabException(string.Create(CultureInfo.InvariantCulture, $"faultline: the guest ran {tests.Count} of {count} tests"));
    }

    [GeneratedRegex(@"CR3=([0-9a-f]+)")]
    private static partial Regex PageTable();
}
