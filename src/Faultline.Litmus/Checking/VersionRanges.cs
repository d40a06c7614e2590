using Faultline.Kernel.Versions;

namespace Faultline.Litmus.Checking;

/// <summary>Says many versions in few words.</summary>
public static class VersionRanges
{
    /// <summary>Prints <c>v4.10 to v4.15, v5.1</c>: runs of modelled releases by their ends, then all other versions.</summary>
    /// <param name="names">Names of versions, in any order.</param>
    public static string Print(IEnumerable<string> names)
    {
        HashSet<string> wanted = [.. names];
        List<string> releases = [.. KernelVersions.All.Select(v => v.Name).Where(TestVersions.IsRelease)];
        List<string> experiments = [.. KernelVersions.All.Select(v => v.Name).Except(releases)];
        bool allExperiments = experiments.TrueForAll(wanted.Contains);
        if (allExperiments && releases.TrueForAll(wanted.Contains) && wanted.Count == releases.Count + experiments.Count)
        {
            return "every version";
        }

        IEnumerable<string> others = allExperiments
            ? wanted.Except(releases).Except(experiments).Prepend($"{experiments[0].Split('+')[0]}+*")
            : wanted.Except(releases);
        return string.Join(", ", Runs(releases, wanted).Concat(others.Order(StringComparer.Ordinal)));
    }

    private static IEnumerable<string> Runs(List<string> known, HashSet<string> wanted)
    {
        for (int first = 0; first < known.Count; first++)
        {
            int after = first;
            while (after < known.Count && wanted.Contains(known[after]))
            {
                after++;
            }

            if (after - first > 2)
            {
                yield return $"{known[first]} to {known[after - 1]}";
            }
            else
            {
                foreach (string name in known[first..after])
                {
                    yield return name;
                }
            }

            first = after;
        }
    }
}
