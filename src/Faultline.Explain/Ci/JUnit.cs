using System.Globalization;
using System.Text;
using System.Xml;

namespace Faultline.Explain.Ci;

/// <summary>
/// Checks as JUnit XML: a suite for each test, a case for each kernel and filesystem. What is not as expected is a failure, what met a
/// bound an error, what could not run is skipped.
/// </summary>
public static class JUnit
{
    /// <summary>Writes a report.</summary>
    public static void Write(TextWriter to, CiReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        using XmlWriter xml = XmlWriter.Create(to, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false) });
        xml.WriteStartDocument();
        xml.WriteStartElement("testsuites");
        xml.WriteAttributeString("name", "faultline check");
        WriteCounts(xml, report.Cases);
        foreach (IGrouping<(string Test, string Path), CiCase> suite in report.Cases.GroupBy(c => (c.Test, c.Path)))
        {
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", suite.Key.Test);
            xml.WriteAttributeString("file", suite.Key.Path);
            WriteCounts(xml, [.. suite]);
            foreach (CiCase one in suite)
            {
                WriteCase(xml, one);
            }

            xml.WriteEndElement();
        }

        if (report.Interrupted)
        {
            xml.WriteComment(" interrupted: not all checks were made ");
        }

        xml.WriteEndElement();
    }

    private static void WriteCounts(XmlWriter xml, IReadOnlyList<CiCase> cases)
    {
        xml.WriteAttributeString("tests", Number(cases.Count));
        xml.WriteAttributeString("failures", Number(cases.Count(c => c.Status == CiStatus.Failed)));
        xml.WriteAttributeString("errors", Number(cases.Count(c => c.Status == CiStatus.Undecided)));
        xml.WriteAttributeString("skipped", Number(cases.Count(c => c.Status == CiStatus.Skipped)));
        xml.WriteAttributeString("time", Seconds(cases.Sum(c => c.Seconds)));
    }

    private static void WriteCase(XmlWriter xml, CiCase one)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("name", one.Where);
        xml.WriteAttributeString("classname", one.Test);
        xml.WriteAttributeString("file", one.Path);
        xml.WriteAttributeString("time", Seconds(one.Seconds));
        string? element = one.Status switch
        {
            CiStatus.Failed => "failure",
            CiStatus.Undecided => "error",
            CiStatus.Skipped => "skipped",
            _ => null,
        };
        if (element is not null)
        {
            xml.WriteStartElement(element);
            xml.WriteAttributeString("message", one.Summary);
            xml.WriteString(one.Details);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);
}
