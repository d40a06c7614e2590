using System.Reflection;
using Faultline.Explain.Matrix;
using Faultline.Explain.Text;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Versions;

/// <summary>The modelled versions and what tells them apart.</summary>
public static class VersionList
{
    /// <summary>The versions as a document.</summary>
    public static VersionsDocument Document() => new(
        VersionsDocument.CurrentSchema, [.. KernelVersions.All.Select(Entry)], [.. Behaviour.All.Select(Values)]);

    /// <summary>Each version with the commits it brought.</summary>
    /// <param name="width">Columns.</param>
    public static IEnumerable<TonedLine> Lines(int width)
    {
        foreach (VersionEntry version in Document().Versions)
        {
            bool none = version.Commits.Count + version.Features.Count + version.Experiment.Count == 0;
            string note = none ? $"  as {version.From}, as far as modelled"
                : version.Experiment.Count > 0 ? $"  an experiment: {version.From} with"
                : "";
            yield return new TonedLine([new Piece(version.Name, Tone.Heading), new Piece(note)]);
            foreach (TonedLine line in Details(version, width))
            {
                yield return line;
            }
        }
    }

    /// <summary>Each behaviour with the versions that have each of its values.</summary>
    /// <param name="width">Columns.</param>
    public static IEnumerable<TonedLine> Table(int width)
    {
        int name = Behaviour.All.Max(b => b.Name.Length) + 1;
        int value = Behaviour.All.Max(b => KernelVersions.All.Max(v => $"{b.Of(v)}".Length)) + 1;
        int commit = BehaviourChanges.All.Max(c => c.Commit.Length) + 1;
        yield return TonedLine.Of($"{"behaviour".PadRight(name)}{"value".PadRight(value)}{"commit".PadRight(commit)}versions", Tone.Heading);
        foreach (Behaviour behaviour in Behaviour.All)
        {
            string head = behaviour.Name;
            foreach (IGrouping<string, KernelVersion> versions in KernelVersions.All.GroupBy(v => $"{behaviour.Of(v)}"))
            {
                string margin = $"{head.PadRight(name)}{versions.Key.PadRight(value)}{CommitOf(behaviour, versions.Key).PadRight(commit)}";
                List<string> lines = Wrap.Lines(VersionRanges.Print(versions.Select(v => v.Name)), Math.Max(width - margin.Length, 20));
                foreach ((int i, string line) in lines.Index())
                {
                    yield return new TonedLine([new Piece(i == 0 ? margin : new string(' ', margin.Length)), new Piece(line, Tone.Faint)]);
                }

                head = "";
            }
        }
    }

    private static IEnumerable<TonedLine> Details(VersionEntry version, int width)
    {
        foreach (VersionCommit commit in version.Commits)
        {
            string since = commit.Since == version.Name ? "" : $" ({commit.Since})";
            foreach (string line in Wrap.Lines($"  {commit.Id} {commit.Title}{since}", width, 15))
            {
                yield return TonedLine.Of(line);
            }

            foreach (ChangedBehaviour change in commit.Changes)
            {
                yield return TonedLine.Of($"               {change.Behaviour}: {change.Before} -> {change.After}", Tone.Faint);
            }
        }

        foreach (FeatureEntry feature in version.Features)
        {
            yield return TonedLine.Of($"  {feature.Commit} new: {feature.Name}{(feature.Since == version.Name ? "" : $" ({feature.Since})")}");
        }

        foreach (ChangedBehaviour change in version.Experiment)
        {
            yield return TonedLine.Of($"               {change.Behaviour}: {change.Before} -> {change.After}", Tone.Faint);
        }
    }

    private static string CommitOf(Behaviour behaviour, string value) =>
        BehaviourChanges.All.LastOrDefault(c => c.Behaviour == behaviour && $"{c.After}" == value)?.Commit ?? "";

    private static VersionEntry Entry(KernelVersion version)
    {
        List<KernelVersion> releases = [.. KernelVersions.All.Where(v => TestVersions.IsRelease(v.Name))];
        Release release = Release.Parse(version.Name);
        if (!TestVersions.IsRelease(version.Name))
        {
            KernelVersion from = releases.Single(r => Release.Parse(r.Name).Equals(release));
            return new VersionEntry(version.Name, from.Name, [], [], [.. Differences(from, version)]);
        }

        KernelVersion? before = releases.LastOrDefault(r => Release.Parse(r.Name) < release);
        bool IsNew(Release since) => since <= release && (before is null || since > Release.Parse(before.Name));
        return new VersionEntry(
            version.Name,
            before?.Name,
            [.. Commit.Of(BehaviourChanges.All.Where(c => IsNew(c.Since)).OrderBy(c => c.Since)).Select(Entry)],
            [.. Features().Where(f => IsNew(f.Since)).Select(f => new FeatureEntry(f.Name, f.Since.ToString(), f.Commit))],
            []);
    }

    private static VersionCommit Entry(Commit commit) => new(
        commit.Id, commit.Title, commit.Since.ToString(),
        [.. commit.Changes.Select(c => new ChangedBehaviour(c.Behaviour.Name, $"{c.Before}", $"{c.After}"))]);

    private static IEnumerable<ChangedBehaviour> Differences(KernelVersion from, KernelVersion to) =>
        Behaviour.All.Where(b => !b.Of(from).Equals(b.Of(to))).Select(b => new ChangedBehaviour(b.Name, $"{b.Of(from)}", $"{b.Of(to)}"));

    private static IEnumerable<KernelFeature> Features() =>
        typeof(KernelFeature).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(p => p.GetValue(null)).OfType<KernelFeature>();

    private static BehaviourValues Values(Behaviour behaviour) => new(
        behaviour.Name, KernelVersions.All.ToDictionary(v => v.Name, v => $"{behaviour.Of(v)}"));
}
