using System.Diagnostics;
using System.Globalization;
using Faultline.Real.Histograms;
using Faultline.Real.Lab;

namespace Faultline.Real.LabRuns;

/// <summary>
/// Runs tests in a guest, many in one boot. A test that hangs or panics the guest costs that guest and not the tests before and after:
/// the next one boots another.
/// </summary>
/// <param name="kernel">The kernel.</param>
/// <param name="options">How it is booted.</param>
public sealed class LabSession(Manifest kernel, GuestOptions options) : IAsyncDisposable
{
    private const string Ended = "FAULTLINE-TEST ";
    private const int CouldNotBeTried = 2;
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(30), LastWords = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, bool> mounted = [];
    private readonly long created = Stopwatch.GetTimestamp();
    private Guest? guest;
    private int number;

    /// <summary>The kernel.</summary>
    public Manifest Kernel => kernel;

    /// <summary>How long each boot took.</summary>
    public IList<TimeSpan> Boots { get; } = [];

    /// <summary>From the beginning of the session to the start of the first test's program; null: none was started.</summary>
    public TimeSpan? FirstTest { get; private set; }

    /// <summary>Boots a guest, if there is none.</summary>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">It does not boot.</exception>
    public async Task Boot(CancellationToken cancellation)
    {
        if (guest is { HasEnded: false })
        {
            return;
        }

        await Drop();
        guest = await Guest.Boot(kernel, options, cancellation);
        Boots.Add(guest.BootTime);
    }

    /// <summary>Runs a test's program on a filesystem, in a guest that is booted if need be.</summary>
    /// <param name="program">The program.</param>
    /// <param name="filesystem"><c>ext4</c> or <c>xfs</c>.</param>
    /// <param name="seconds">How long its rounds go on.</param>
    /// <param name="limit">After so long it is given up.</param>
    /// <param name="cancellation">Stops it; the guest is of no more use then.</param>
    /// <exception cref="LabException">A guest cannot be had, or the filesystem cannot be mounted with DAX.</exception>
    public async Task<LabOutcome> Run(LabProgram program, string filesystem, double seconds, TimeSpan limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        await Boot(cancellation);
        string folder = await Mount(program, filesystem, cancellation);
        string further = program.Poisons ? " poison" : program.NeedsDisk ? " " + await guest!.MountDisk(cancellation) : "";
        string name = string.Create(CultureInfo.InvariantCulture, $"t{number++}"), at = Path.Combine(guest!.Share, name);
        Put(program.Path, at);
        string command = string.Create(CultureInfo.InvariantCulture, $"/tmp/{name} {folder} {seconds}{further} >/host/{name}.log 2>/host/{name}.err");
        FirstTest ??= Stopwatch.GetElapsedTime(created);
        await guest.Demand($"cp /host/{name} /tmp/{name} && rm /host/{name}", Answer, cancellation);
        string words = await Wait(
            $"echo 1 2>/dev/null >/sys/kernel/debug/clear_warn_once; ( ( {command}; s=$?; rm /tmp/{name}; echo; echo \"{Ended}$s\" ) & )", name, limit, cancellation);
        LabOutcome outcome = Read(program, at, words);
        if (outcome.End is LabEnd.GivenUp or LabEnd.Panicked || program.Poisons || outcome.Histogram?.States.Any(s => s.Line == Histogram.HangLine) == true)
        {
            await Drop(); // it may hold locks for ever
        }

        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Drop();

    private async Task Drop()
    {
        mounted.Clear();
        if (guest is not null)
        {
            await guest.DisposeAsync();
            guest = null;
        }
    }

    private async Task<string> Mount(LabProgram program, string filesystem, CancellationToken cancellation)
    {
        if (mounted.TryGetValue(filesystem, out bool reflink) && reflink == program.NeedsReflink)
        {
            return $"/mnt/{filesystem}";
        }

        try
        {
            string at = await guest!.Mount(filesystem, program.NeedsReflink, cancellation);
            mounted[filesystem] = program.NeedsReflink;
            return at;
        }
        catch (LabException) when (mounted.ContainsKey(filesystem))
        {
            await Drop(); // what earlier tests left may stand in the way: in a new guest nothing does
            await Boot(cancellation);
            return await Mount(program, filesystem, cancellation);
        }
    }

    // The program's exit code in words; else what the guest's kernel says.
    private async Task<string> Wait(string line, string name, TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            ToolResult started = await guest!.Run(line, Answer, cancellation);
            string said = started.Output.Contains(Ended, StringComparison.Ordinal) ? started.Output : await guest.Expect(Ended, limit, cancellation);
            return said[said.LastIndexOf(Ended, StringComparison.Ordinal)..].Split('\n')[0];
        }
        catch (LabException e) when (guest!.HasEnded)
        {
            return e.Message;
        }
        catch (LabException)
        {
            return await BlockedTasks(name, cancellation);
        }
    }

    // Where the program's threads are in the kernel, and who else waits for what does not come (sysrq-w).
    private async Task<string> BlockedTasks(string name, CancellationToken cancellation)
    {
        string threads = $"for p in /proc/[0-9]*; do [ \"$(cat $p/comm 2>/dev/null)\" = {name} ] && for t in $p/task/*; do "
            + "echo \"thread ${t##*/}: $(grep State $t/status)\"; cat $t/stack; done; done";
        const string blocked = "dmesg -c >/dev/null; echo 1 > /proc/sys/kernel/sysrq; echo w > /proc/sysrq-trigger; sleep 1; dmesg | head -n 120";
        try
        {
            ToolResult said = await guest!.Run($"{threads}; {blocked}", LastWords, cancellation);
            return "its kernel still answers; the threads' stacks, and what is blocked:\n" + Tool.Last(said.Output, 200);
        }
        catch (LabException e)
        {
            return $"its kernel does not answer either: {e.Message}";
        }
    }

    private LabOutcome Read(LabProgram program, string at, string words)
    {
        string log = Text(at + ".log"), errors = Text(at + ".err").Trim();
        Histogram? histogram = HistogramLog.Parse(program.Test.Name, log).Histograms is [.., var last] ? last : null;
        if (!words.StartsWith(Ended, StringComparison.Ordinal))
        {
            return new LabOutcome(guest!.HasEnded ? LabEnd.Panicked : LabEnd.GivenUp, log, histogram, words);
        }

        string code = words[Ended.Length..].Trim();
        return histogram is not null ? new LabOutcome(LabEnd.Ended, log, histogram, "")
            : new LabOutcome(
                LabEnd.CouldNotBeTried, log, null,
                errors.Length > 0 && code == $"{CouldNotBeTried}" ? errors
                : $"its program ended with exit code {code} and without a histogram{(errors.Length > 0 ? $": {errors}" : $"; is there room in {Path.GetTempPath()}?")}");
    }

    private static string Text(string path) => File.Exists(path) ? File.ReadAllText(path) : "";

    private static void Put(string program, string at)
    {
        try
        {
            File.Copy(program, at);
        }
        catch (IOException e)
        {
            throw new LabException($"faultline: {e.Message}; the guest's folder lies in {Path.GetTempPath()}, TMPDIR names another place");
        }
    }
}
