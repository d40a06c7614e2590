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
        string name = $"tests-{++batches}", input = Path.Combine(guest.Share, name), output = input + ".out";
        await File.WriteAllTextAsync(input, string.Concat(programs.Select(AgentProgram.Write)), cancellation);
        await guest.Send($"/host/agent step /host/{name} {folder} /host/{name}.out {Cpu}", cancellation);
        await guest.Expect("agent: which CR3", TimeSpan.FromSeconds(60), cancellation);
        string registers = await guest.Monitor($"cpu {Cpu}", "info registers", cancellation);
        string root = PageTable().Match(registers) is { Success: true } m ? m.Groups[1].Value
            : throw new LabException($"faultline: QEMU's monitor shows no CR3:\n{Tool.Last(registers, 10)}");
        await File.WriteAllTextAsync(input + ".cr3", root, cancellation);
        ToolResult result = await guest.Finish(TimeSpan.FromSeconds(120 + (programs.Count / 5)), cancellation);
        if (result.Status != 0)
        {
            throw new LabException($"faultline: the agent in the guest failed:\n{Tool.Last(result.Output, 10)}");
        }

        return Parse(await File.ReadAllLinesAsync(output, cancellation), programs.Count);
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
