using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Real.Lab;

namespace Faultline.Real.Agent;

/// <summary>What a thread ended with.</summary>
/// <param name="Signals">1: SIGBUS, 2: SIGSEGV, 3: both.</param>
/// <param name="Faults">Page faults of its loads and stores.</param>
/// <param name="Error">The errno of a system call that failed unexpectedly; 0: none did.</param>
/// <param name="Registers">Its registers, by slot.</param>
public sealed record ThreadOutcome(int Signals, long Faults, int Error, IReadOnlyList<long> Registers);

/// <summary>What the threads of a program ended with on a real kernel.</summary>
/// <param name="Threads">Each thread.</param>
/// <param name="Files">Each file: size, layout and contents, in the agent's words.</param>
public sealed partial record AgentOutcome(IReadOnlyList<ThreadOutcome> Threads, string Files)
{
    /// <summary>System calls that failed unexpectedly: <c>a system call of P1 failed with errno 28</c>.</summary>
    public IEnumerable<string> Errors => Threads.Select((t, i) => (t.Error, i)).Where(t => t.Error != 0).Select(t => $"a system call of P{t.i} failed with errno {t.Error}");

    /// <summary>Reads the agent's line.</summary>
    /// <exception cref="LabException">It is none.</exception>
    public static AgentOutcome Parse(string line)
    {
        ThreadOutcome[] threads =
        [
            .. Thread().Matches(line).Select(m => new ThreadOutcome(
                int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                long.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(m.Groups[3].ValueSpan, CultureInfo.InvariantCulture),
                [.. m.Groups[4].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(r => long.Parse(r, CultureInfo.InvariantCulture))])),
        ];
        int files = line.IndexOf("files ", StringComparison.Ordinal);
        return threads.Length > 0 && files >= 0
            ? new AgentOutcome(threads, line[(files + "files ".Length)..].Trim())
            : throw new LabException($"faultline: the agent in the guest said: {line}");
    }

    [GeneratedRegex(@"\d+: signals=(\d+) faults=(\d+) error=(\d+) regs=([-\d,]*);")]
    private static partial Regex Thread();
}
