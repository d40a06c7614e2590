using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Kernel.Traces;

namespace Faultline.Real.Traces;

/// <summary>
/// Reads ftrace text: what <c>trace</c> and <c>trace_pipe</c> of tracefs print, with or without the latency columns and the process id, and
/// what <c>trace-cmd report</c> prints. No line stops it: what it cannot read is counted.
/// </summary>
public static partial class TraceReader
{
    /// <summary>Reads a capture.</summary>
    public static TraceFile Read(TextReader text)
    {
        var file = new TraceFile();
        while (text.ReadLine() is { } line)
        {
            file.Lines++;
            ReadLine(file, line.TrimEnd('\r', '\0'));
        }

        return file;
    }

    private static void ReadLine(TraceFile file, string line)
    {
        if (Lost().IsMatch(line))
        {
            file.Lost.Add(new LostEvents(file.Lines, line.Trim()));
            return;
        }

        Match match = Event().Match(line);
        if (!match.Success)
        {
            if (Torn(line))
            {
                file.Unreadable.Add(new UnreadableLine(file.Lines, line, "TASK-PID [CPU] flags TIME: event: fields"));
            }
            else
            {
                file.OtherLines++;
            }

            return;
        }

        string name = match.Groups["name"].Value;
        TraceEventKind kind = TraceEventNames.Find(name);
        if (kind == TraceEventKind.None)
        {
            file.OtherEvents[name] = file.OtherEvents.GetValueOrDefault(name) + 1;
            return;
        }

        string fields = match.Groups["fields"].Value;
        TraceRecord? record = int.TryParse(match.Groups["pid"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && int.TryParse(match.Groups["cpu"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int cpu)
            ? TraceFields.Read(kind, fields, new TraceRecord
            {
                Line = file.Lines,
                Task = $"{match.Groups["task"].Value.Trim()}-{pid}",
                Pid = pid,
                Tgid = int.TryParse(match.Groups["tgid"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int tgid) ? tgid : -1,
                Cpu = cpu,
                Time = double.TryParse(match.Groups["time"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out double time) ? time : 0,
                Kind = kind,
                Text = $"{name}: {fields.Trim()}",
            })
            : null;
        if (record is null)
        {
            file.Unreadable.Add(new UnreadableLine(file.Lines, line, TraceFields.Expected(kind)));
        }
        else
        {
            file.Records.Add(record);
        }
    }

    // The rest of an event whose beginning is missing, or an event within another line.
    private static bool Torn(string line) => !line.StartsWith('#') && FaultWords().IsMatch(line);

    [GeneratedRegex(@"^\s*(?<task>\S.*?)-(?<pid>\d+)\s+(\(\s*(?<tgid>[-\d]+)\)\s+)?\[(?<cpu>\d+)\]\s+((?<flags>[^\s:]{1,10})\s+)?(?<time>\d+(\.\d+)?):\s+(\w+:(?=\w))?(?<name>\w+):(?<fields>.*)$")]
    private static partial Regex Event();

    [GeneratedRegex(@"^\s*CPU:\s*\d+ \[.*(LOST|DROPPED|MISSED).*\]|^##### CPU \d+ buffer started|\[\d+ EVENTS DROPPED\]")]
    private static partial Regex Lost();

    [GeneratedRegex(@"\bdax_\w+:|\bpage_fault_user:|\bpgoff 0x|\bdev \d+:\d+ ino 0x")]
    private static partial Regex FaultWords();
}
