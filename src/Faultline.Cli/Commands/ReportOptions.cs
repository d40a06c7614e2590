using System.CommandLine;
using Faultline.Explain.Ci;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Schedules;

namespace Faultline.Cli.Commands;

/// <summary>The options of <c>check</c> that write for machines: test reports, and the first schedule that shows something.</summary>
internal sealed class ReportOptions
{
    private readonly Option<string?> junit = new("--junit") { Description = "Also write JUnit XML.", HelpName = "FILE" };
    private readonly Option<string?> sarif = new("--sarif") { Description = "Also write SARIF 2.1.0.", HelpName = "FILE" };
    private readonly Option<bool> ktap = new("--ktap") { Description = "Print KTAP, as kernel selftests do, instead of text." };
    private readonly Option<string?> schedule = new("--save-schedule")
    {
        Description = "Also write the schedule of the first finding with its test; 'faultline replay' runs it again.",
        HelpName = "FILE",
    };

    /// <summary>Adds them.</summary>
    public void AddTo(Command command)
    {
        command.Add(junit);
        command.Add(sarif);
        command.Add(ktap);
        command.Add(schedule);
    }

    /// <summary>KTAP takes the place of the text.</summary>
    public bool IsKtap(ParseResult parsed) => parsed.GetValue(ktap);

    /// <summary>A schedule is to be kept, so that it must be looked for.</summary>
    public bool KeepsSchedule(ParseResult parsed) => parsed.GetValue(schedule) is not null;

    /// <summary>Starts the files, so that one that cannot be written is known before the searches.</summary>
    public ReportFiles Open(ParseResult parsed) => new(
        Open(parsed.GetValue(junit)), Open(parsed.GetValue(sarif)), Open(parsed.GetValue(schedule)));

    private static OutputFile? Open(string? path) => path is null ? null : new OutputFile(path);
}

/// <summary>The files that were asked for.</summary>
internal sealed record ReportFiles(OutputFile? JUnitXml, OutputFile? SarifLog, OutputFile? Schedule) : IDisposable
{
    /// <summary>Writes them.</summary>
    public void Write(Lazy<CiReport> report, IEnumerable<CheckResult> results)
    {
        if (JUnitXml is not null)
        {
            JUnit.Write(JUnitXml.Writer, report.Value);
            JUnitXml.Finish();
        }

        if (SarifLog is not null)
        {
            Sarif.Write(SarifLog.Writer.BaseStream, report.Value);
            SarifLog.Finish();
        }

        if (Schedule is null)
        {
            return;
        }

        var first = results.SelectMany(r => r.Findings, (result, finding) => (result, finding)).FirstOrDefault(f => ScheduleFile.WhyNot(f.finding) is null);
        if (first.result is null)
        {
            Console.Error.WriteLine("faultline: --save-schedule: nothing was found that one schedule shows; no file is written");
            return;
        }

        Schedule.Writer.Write(ScheduleFile.Of(first.result, first.finding).Write());
        Schedule.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        JUnitXml?.Dispose();
        SarifLog?.Dispose();
        Schedule?.Dispose();
    }
}
