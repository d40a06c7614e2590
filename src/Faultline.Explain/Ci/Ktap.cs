namespace Faultline.Explain.Ci;

/// <summary>Checks as KTAP, version 1, as kernel selftests print: one result for each test, kernel and filesystem.</summary>
public static class Ktap
{
    /// <summary>Writes a report.</summary>
    public static void Write(TextWriter to, CiReport report)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(report);
        to.Write($"KTAP version 1\n1..{report.Cases.Count}\n");
        for (int i = 0; i < report.Cases.Count; i++)
        {
            CiCase one = report.Cases[i];
            foreach (CiFinding finding in one.Findings.Where(f => one.Status == CiStatus.Failed && !f.IsKnown))
            {
                to.Write($"# {finding.Headline}\n");
            }

            string result = one.Status is CiStatus.Passed or CiStatus.Skipped ? "ok" : "not ok";
            string directive = one.Status switch
            {
                CiStatus.Skipped => $" # SKIP {one.Summary}",
                CiStatus.Undecided => $" # TIMEOUT {one.Summary}",
                CiStatus.Failed => $" # {one.Summary}",
                _ => "",
            };
            to.Write($"{result} {i + 1} {one.Test} {one.Where}{directive}\n");
        }

        int Count(CiStatus status) => report.Cases.Count(c => c.Status == status);
        to.Write($"# Totals: pass:{Count(CiStatus.Passed)} fail:{Count(CiStatus.Failed)} xfail:0 xpass:0 skip:{Count(CiStatus.Skipped)} error:{Count(CiStatus.Undecided)}\n");
        if (report.Interrupted)
        {
            to.Write("# interrupted: not all checks were made\n");
        }
    }
}
